import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { execaSync } from 'execa'
import t from 'tap'
import { spawnProgram } from './spawn.ts'
import { executeOutcomes, spawnOutcomes } from './testing/spawn-outcomes.ts'

const OUTCOMES = {
  echo: { status: 0, signal: null, stdout: 'größer\n', stderr: '' },
  silence: { status: 0, signal: null, stdout: '', stderr: '' },
  megabytes: { status: 0, signal: null, stdout: '3000000\n', stderr: '' },
  failing: { status: 3, signal: null, stdout: '', stderr: 'why\n' },
  unread: { status: 1, signal: null, stdout: '', stderr: 'no\n' },
  surroundings: { status: 0, signal: null, stdout: '/\nC\n', stderr: '' },
  killed: { status: null, signal: 'SIGTERM', stdout: '', stderr: '' },
  slow: { status: null, code: 'ETIMEDOUT' },
  endless: { status: null, code: 'ENOBUFS' },
  missing: { status: null, code: 'ENOENT' },
  folder: { status: null, code: 'EACCES' },
  begun: ['one', 'other'],
  begunInVain: { status: 0, signal: null, stdout: '', stderr: '' },
  begunUnread: { status: 0, signal: null, stdout: '', stderr: '' },
}

const EXECUTED = {
  both: { status: 3, signal: null, stdout: 'said\n', stderr: 'why\n' },
  environment: { status: 0, signal: null, stdout: 'x,,\n', stderr: '' },
  folder: true,
  megabytes: [0, true],
  unread: { status: 0, signal: null, stdout: '', stderr: '' },
  noText: 'é\ufffd',
  silent: { status: 5, signal: null, stdout: '', stderr: '' },
  heirs: 'early\nlate\n',
  killed: { status: null, signal: 'SIGKILL', stdout: '', stderr: '' },
  endless: { status: null, code: 'ENOBUFS' },
  missing: { status: null, code: 'ENOENT' },
  noProgram: { status: null, code: 'EACCES' },
}

t.test('a program’s status, output and failures are told the same way under Node', async (t) => {
  t.strictSame(spawnOutcomes(), OUTCOMES)
  t.strictSame(executeOutcomes(), EXECUTED)
})

t.test('… and under Bun, which starts programs by itself', async (t) => {
  const platform = process.arch === 'arm64' ? 'aarch64' : 'x64-baseline'
  const bun = join(dirname(createRequire(import.meta.url).resolve(`@oven/bun-linux-${platform}/package.json`)), 'bin/bun')
  t.strictSame(JSON.parse(execaSync(bun, [join(import.meta.dirname, 'testing/spawn-outcomes.ts')]).stdout), {
    spawned: OUTCOMES,
    executed: EXECUTED,
  })
})

t.test('a program that prints without end is stopped', async (t) => {
  const { status, stdout } = spawnProgram(['/usr/bin/yes'], { input: '', env: {}, timeout: 10_000, maxBuffer: 1000 })
  t.equal(status, null)
  t.ok(stdout.length < 1_000_000)
})
