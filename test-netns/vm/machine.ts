/** Runs one command on a stock Debian kernel in an emulated machine that sees the host's files, writable and without consequence. */
import type { Duplex, Readable, Writable } from 'node:stream'
import { execa } from 'execa'
import { hasCode } from '#kernel/errno.ts'
import { prepareFastLoading } from './fast-load.ts'
import { type Job, jobMessage } from './job.ts'
import type { TestKernel } from './kernel.ts'
import { QEMU, qemuParameters } from './qemu.ts'

export interface VmJob extends Job {
  /** Seconds until the machine is ended, its start of about 5 s included. */
  readonly timeout: number
  /** Default 1, which leaves the other core to tests outside: worth more only to what has the host to itself. */
  readonly processors?: number
  readonly stdout: Writable
  readonly stderr: Writable
}

/** The machine gave no exit status. `exitCode` tells why, for processes that pass it on. */
export class VmError extends Error {
  override readonly name = 'VmError'
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** As timeout(1) has them. */
const TIMED_OUT = 124
const DIED = 125

const CONSOLE_LINES = 100

/**
 * Boots the machine, runs the job, streams its output and resolves to its exit status. The machine ends with this process, however that ends.
 * @throws VmError when it runs out of time (124), or does not start, panics or dies (125)
 */
export const runInVm = async (job: VmJob, kernel: TestKernel): Promise<number> => {
  const { timeout, processors = 1, stdout, stderr } = job
  // The emulator must not outlive this process even when that is killed with SIGKILL.
  const emulator = execa('setpriv', ['--pdeathsig', 'KILL', '--', QEMU, ...qemuParameters(kernel, processors)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    timeout: timeout * 1000,
    forceKillAfterDelay: 1000,
  })
  const [, consoleOutput, complaints, guestOutput, guestErrors, control] = emulator.stdio as unknown as Duplex[]
  const environment = { ...prepareFastLoading(), ...job.environment }
  control?.on('error', () => undefined).write(jobMessage({ ...job, environment }, kernel.modules))
  const [result, consoleText, complaint, report] = await Promise.all([
    emulator,
    textOf(consoleOutput),
    textOf(complaints),
    textOf(control),
    copy(guestOutput, stdout),
    copy(guestErrors, stderr),
  ])
  const status = /^exit (\d+)$/m.exec(report)?.[1]
  if (status !== undefined) return Number(status)
  if (result.timedOut) throw new VmError(`the virtual machine was ended after ${timeout} s${ending(consoleText)}`, TIMED_OUT)
  throw new VmError(`the virtual machine died: ${complaint.trim() || result.shortMessage || 'no reason given'}${ending(consoleText)}`, DIED)
}

const textOf = async (stream: Readable | undefined): Promise<string> => {
  const chunks: Buffer[] = []
  await eachChunk(stream, (chunk) => chunks.push(chunk))
  return Buffer.concat(chunks).toString()
}

/** Passes everything on as it comes, waiting for a slow reader; the target stays open. */
const copy = (source: Readable | undefined, target: Writable): Promise<void> =>
  eachChunk(source, (chunk) => (target.write(chunk) ? undefined : new Promise((resolve) => target.once('drain', resolve))))

const eachChunk = async (stream: Readable | undefined, action: (chunk: Buffer) => unknown): Promise<void> => {
  try {
    for await (const chunk of stream ?? []) await action(chunk)
  } catch (error) {
    // The emulator died with something unread: that is the end of the stream too.
    if (!hasCode(error, 'ECONNRESET')) throw error
  }
}

const ending = (consoleText: string): string => {
  const lines = consoleText.replaceAll('\r', '').trim().split('\n').slice(-CONSOLE_LINES)
  return lines.join('') === '' ? '' : `; its console's last lines:\n${lines.join('\n')}`
}
