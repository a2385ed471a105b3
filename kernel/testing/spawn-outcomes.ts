/** What running programs gives, in whichever runtime this file is run: prints it as JSON, so that runtimes can be compared. */
import { writeSync } from 'node:fs'
import { beginProgram, type Spawned, spawnProgram } from '../spawn.ts'

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

const codeOf = ({ status, failure }: Spawned) => ({ status, code: failure?.code })

if (import.meta.main) writeSync(1, JSON.stringify(spawnOutcomes()))
