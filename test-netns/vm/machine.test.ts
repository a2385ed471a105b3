import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import { execa } from 'execa'
import t from 'tap'
import { guestEnvironment } from './environment.ts'
import { findTestKernel } from './kernel.ts'
import { runInVm } from './machine.ts'

t.setTimeout(120_000)

const kernel = findTestKernel(process.env)

/** Runs a shell script in the guest, in this folder; resolves to all it said, and its exit status or error. */
const guest = async (script: string, timeout = 60) => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const environment = guestEnvironment(process.env, ['NAME=a value'])
  const job = { argv: ['sh', '-c', script], cwd: import.meta.dirname, environment, timeout, stdout, stderr }
  const outcome = await runInVm(job, kernel).catch((error: unknown) => error)
  stdout.end()
  stderr.end()
  return { outcome, stdout: await text(stdout), stderr: await text(stderr) }
}

t.test(
  'a command runs as root on the other kernel, in the same folder, with its environment, and its streams and status come back',
  async (t) => {
    const script =
      'id -u; pwd; echo "$NAME"; modprobe ip_vs && head -c 9 /proc/net/ip_vs; touch /run/a "$PWD/b" && echo; echo bad >&2; exit 42'
    t.same(await guest(script), { outcome: 42, stdout: `0\n${import.meta.dirname}\na value\nIP Virtua\n`, stderr: 'bad\n' })
    t.notOk(existsSync(`${import.meta.dirname}/b`), 'what the guest writes does not reach the host')
  },
)

t.test('a guest that panics, and one that runs out of time, are errors of their own', async (t) => {
  // What a program wrote passes through a pipe of the guest, which dies with it.
  t.match(await guest('echo before; sleep 3; echo c >/proc/sysrq-trigger'), {
    outcome: { exitCode: 125, message: /sysrq/ },
    stdout: 'before\n',
  })
  t.match(await guest('sleep 60', 1), { outcome: { exitCode: 124, message: 'the virtual machine was ended after 1 s' } })
})

t.test('the machine does not outlive a runner that is killed', async (t) => {
  const runner = execa('node', [join(import.meta.dirname, 'main.ts'), 'sleep', '60'], { reject: false })
  const machine = await emulatorOf(runner.pid)
  runner.kill('SIGKILL')
  await runner
  await after(200)
  const { stdout: state } = await execa('ps', ['-p', machine, '-o', 'stat='], { reject: false })
  // Where nobody reaps orphans, a dead process stays as a zombie.
  t.match(state, /^(Z.*)?$/)
})

/** Waits until a process has started its emulator, and gives that one's number. */
const emulatorOf = async (parent: number | undefined): Promise<string> => {
  for (;;) {
    const { stdout } = await execa('ps', ['--ppid', String(parent), '-o', 'pid=,comm='], { reject: false })
    const [, number] = /^ *(\d+) qemu/.exec(stdout) ?? []
    if (number !== undefined) return number
    await after(50)
  }
}
