/** What running programs gives, in whichever runtime this file is run: prints it as JSON, so that runtimes can be compared. */
import { writeSync } from 'node:fs'
import { spawnProgram } from '../spawn.ts'

const OPTIONS = { input: '', env: { LC_ALL: 'C' }, timeout: 10_000, maxBuffer: 1 << 20 }

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
  }
}

const codeOf = ({ status, failure }: ReturnType<typeof spawnProgram>) => ({ status, code: failure?.code })

if (import.meta.main) writeSync(1, JSON.stringify(spawnOutcomes()))
