/** CNI_ARGS: `KEY=value` pairs joined by semicolons. */
import { explaining } from './error.ts'
import { goQuote } from './text.ts'

/** What a reader knows: the key and the field it fills. Keys are case-sensitive. */
export type ArgReaders = Readonly<Record<string, (value: string) => void>>

/**
 * Gives each known pair's value to its reader (which may throw); pairs nobody knows are an error unless `IgnoreUnknown` is true,
 * wherever it stands.
 * @throws Error with the reference's sentence
 */
export const readArgs = (args: string, readers: ArgReaders): void => {
  if (args === '') return
  const unknown: string[] = []
  let ignoreUnknown = false
  for (const pair of args.split(';')) {
    const [key = '', value, ...rest] = pair.split('=')
    if (value === undefined || rest.length > 0) throw new Error(`ARGS: invalid pair ${goQuote(pair)}`)
    if (key === 'IgnoreUnknown') ignoreUnknown = parseBool(pair, value)
    else if (Object.hasOwn(readers, key)) explaining(`ARGS: error parsing value of pair ${goQuote(pair)}`, () => readers[key]?.(value))
    else unknown.push(pair)
  }
  if (unknown.length > 0 && !ignoreUnknown) throw new Error(`ARGS: unknown args [${unknown.map(goQuote).join(' ')}]`)
}

const parseBool = (pair: string, value: string): boolean => {
  const lower = value.toLowerCase()
  if (lower === '1' || lower === 'true') return true
  if (lower === '0' || lower === 'false') return false
  throw new Error(`ARGS: error parsing value of pair ${goQuote(pair)}: boolean unmarshal error: invalid input ${value}`)
}
