import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { execa, execaSync } from 'execa'
import t from 'tap'
import { withFileLock } from '#kernel/file-lock.ts'
import { libc } from '#libc'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'

const NEEDS = requires('root', 'ip', 'flock')
const SCRIPT = join(import.meta.dirname, 'libc-contract.ts')
const MODULES = join(import.meta.dirname, '../../node_modules')
const BUN = ['x64-baseline', 'aarch64'].map((platform) => join(MODULES, `@oven/bun-linux-${platform}/bin/bun`)).find(existsSync) ?? 'bun'

/** Both programs that ship: the proxy runs under Node, the CNI executables are Bun. */
const RUNTIMES = { node: process.execPath, bun: BUN }

const EAGAIN = 11
const LOCK_EX = 2
const LOCK_NB = 4

const EXPECTED = {
  fileSystems: { namespaceType: '6e736673', procType: '9fa0', missing: -2, belowAFile: -20, tooLong: -36 },
  failures: {
    ...{ socket: -97, bind: -9, getsockname: -88, setsockopt: -88, getsockopt: -9, send: -9, recv: -88 },
    ...{ setns: -22, setnsClosed: -9, flock: -9 },
  },
  locks: { heldByParent: -EAGAIN, own: 0, released: 0 },
  random: { lengths: [16, 16], different: 3 },
  netlink: { hasPort: true, nothingWaiting: -EAGAIN, sizeSet: 0, sizeRead: 0, size: 131_072 },
  namespaces: {
    insideIsElsewhere: true,
    homeAgain: true,
    probe: '02:00:00:00:00:77',
    addresses: ['127.0.0.1/8', '192.0.2.77/24'],
    refusal: 'KernelError: add bridge link probe0: file exists',
  },
}

/** What another one who tries the lock without waiting gets: 0, or -EAGAIN while it is held. */
const tryLock = (path: string): number => {
  const fd = openSync(path, 'r')
  const result = libc.flock(fd, LOCK_EX | LOCK_NB)
  closeSync(fd)
  return result
}

for (const [name, program] of Object.entries(RUNTIMES)) {
  t.test(`${name}: system calls do what the contract says`, NEEDS, async (t) => {
    const namespace = makeNamespace(t, 'libc')
    namespace.exec('ip', 'link', 'add', 'probe0', 'address', '02:00:00:00:00:77', 'type', 'bridge')
    namespace.exec('ip', 'address', 'add', '192.0.2.77/24', 'dev', 'probe0')
    const file = `${t.testdir({ lock: '' })}/lock`
    const { stdout } = withFileLock(file, 0o600, () => execaSync(program, [SCRIPT, 'facts', namespace.path, file]))
    t.same(JSON.parse(stdout), EXPECTED)
  })

  t.test(`${name}: a lock keeps other processes out until it is let go`, NEEDS, async (t) => {
    const file = `${t.testdir({ lock: '' })}/lock`
    const holder = execa(program, [SCRIPT, 'hold', file])
    t.teardown(() => holder.kill('SIGKILL'))
    for await (const line of holder) {
      t.equal(line, 'locked')
      t.equal(tryLock(file), -EAGAIN)
      t.equal(execaSync('flock', ['--nonblock', file, 'true'], { reject: false }).exitCode, 1, 'util-linux sees it too')
      holder.stdin.end()
    }
    t.equal(tryLock(file), 0)
  })

  t.test(`${name}: a process that is killed loses its lock`, NEEDS, async (t) => {
    const file = `${t.testdir({ lock: '' })}/lock`
    const holder = execa(program, [SCRIPT, 'hold', file], { reject: false })
    for await (const line of holder) {
      t.equal(line, 'locked')
      holder.kill('SIGKILL')
    }
    await holder
    t.equal(tryLock(file), 0)
  })

  t.test(`${name}: who finds the lock taken waits for it`, NEEDS, async (t) => {
    const file = `${t.testdir({ lock: '' })}/lock`
    const first = execa('flock', [file, 'sh', '-c', 'echo locked; cat'])
    t.teardown(() => first.kill('SIGKILL'))
    await firstLine(first)
    const second = execa(program, [SCRIPT, 'hold', file], { stdin: 'ignore' })
    t.teardown(() => second.kill('SIGKILL'))
    await waitsForLock(second.pid)
    first.stdin.end()
    t.equal((await second).stdout, 'locked')
  })
}

const firstLine = async (program: { readonly stdout: NodeJS.ReadableStream }): Promise<void> => {
  await new Promise((resolve) => program.stdout.once('data', resolve))
}

/** Until the kernel's list of locks shows the process as waiting; a test that waits in vain times out. */
const waitsForLock = async (pid: number | undefined): Promise<void> => {
  const waiting = new RegExp(`-> FLOCK .* ${pid} `)
  while (!waiting.test(readFileSync('/proc/locks', 'utf8'))) await setTimeout(10)
}
