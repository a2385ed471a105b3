/** What running programs gives, in whichever runtime this file is run: prints it as JSON, so that runtimes can be compared. */
import { writeSync } from 'node:fs'
import { beginProgram, executeProgram, type Spawned, spawnProgram } from '../spawn.ts'

const SETTINGS = { env: { LC_ALL: 'C' }, timeout: 10_000, maxBuffer: 1 << 20 }
const OPTIONS = { ...SETTINGS, input: '' }

export const spawnOutcomes = (): object => {
  const shell = (script: string, options = {}) => spawnProgram(['/bin/sh', '-c', script], { ...OPTIONS, ...options })
  return {
    echo: spawnProgram(['/bin/cat'], { ...OPTIONS, input: 'größer\n' }),
    silence: spawnProgram(['/bin/cat'], OPTIONS),
    megabytes: shell('wc -c', { input: 'x'.repeat(3_000_000) }),
    failing: shell('echo why >&2; exit 3'),
    unread: shell('echo no >&2; exit 1', { input: 'x'.repeat(1_000_000) }),
    surroundings: shell('pwd; echo $LC_ALL $HOME $PATH_X'),
    killed: shell('kill -TERM $$'),
    slow: codeOf(shell('exec sleep 10', { timeout: 100 })),
    endless: codeOf(spawnProgram(['/usr/bin/yes'], { ...OPTIONS, maxBuffer: 1000 })),
    missing: codeOf(spawnProgram(['/bin/no-such-program'], OPTIONS)),
    folder: codeOf(spawnProgram(['/etc'], OPTIONS)),
    begun: inTurns(),
    begunInVain: beginProgram(['/bin/cat'], SETTINGS).finish(''),
    begunUnread: beginProgram(['/bin/true'], SETTINGS).finish('x'.repeat(60_000)),
  }
}

/** The second, which was begun while the first one waited, must not keep the first one's input open. */
const inTurns = (): string[] => {
  const [one, other] = [beginProgram(['/bin/cat'], SETTINGS), beginProgram(['/bin/cat'], SETTINGS)]
  one.feed('o')
  return [one.finish('ne').stdout, other.finish('other').stdout]
}

/** Anybody's programs: the shell reads its script from the input. */
export const executeOutcomes = (): object => {
  const execute = (path: string, input: string, options = {}) =>
    executeProgram(path, { input: Buffer.from(input), env: { WORD: 'x', NONE: undefined }, maxBuffer: 8 << 20, ...options })
  const shell = (script: string) => execute('/bin/sh', script)
  const echoed = execute('/bin/cat', 'ö'.repeat(1_500_000))
  return {
    both: shell('echo said; echo why >&2; exit 3'),
    environment: shell('echo "$WORD,$NONE,$HOME"'),
    folder: shell('pwd').stdout.trim() === process.cwd(),
    megabytes: [echoed.status, echoed.stdout === 'ö'.repeat(1_500_000)],
    unread: execute('/bin/true', 'x'.repeat(1_000_000)),
    noText: shell(String.raw`printf '\303\251\377'`).stdout,
    silent: shell(`exec >&- 2>&-; sleep 0.1; cat >/dev/null; exit 5\n${'x'.repeat(1_000_000)}`),
    heirs: shell('(sleep 0.2; echo late) & echo early').stdout,
    killed: shell('kill -KILL $$'),
    endless: codeOf(execute('/usr/bin/yes', '', { maxBuffer: 100_000 })),
    missing: codeOf(execute('/bin/no-such-program', '')),
    noProgram: codeOf(execute('/etc/passwd', '')),
  }
}

const codeOf = ({ status, failure }: Spawned) => ({ status, code: failure?.code })

if (import.meta.main) writeSync(1, JSON.stringify({ spawned: spawnOutcomes(), executed: executeOutcomes() }))
