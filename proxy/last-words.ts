/** Why a proxy could not start, or ended by a fault, as its log says everything else: whoever parses JSON would lose plain text. */
import { openLog, standardError } from './log.ts'

/** Whether these arguments ask for a log in JSON, whatever else is wrong with them. */
export const logsJson = (argv: readonly string[]): boolean => {
  const formats = argv.flatMap((word, index) => {
    if (word === '--log-format') return [argv[index + 1]]
    return word.startsWith('--log-format=') ? [word.slice('--log-format='.length)] : []
  })
  return formats.at(-1) === 'json'
}

/** One record for each line. */
export const logLastWords = (lines: readonly string[]): void => {
  const log = openLog({ level: 'info', format: 'json', destination: standardError() })
  for (const line of lines) log.error(line)
}
