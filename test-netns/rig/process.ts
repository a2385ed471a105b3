/** Long-running programs: servers, daemons, packet captures. Each starts, says when it is ready, and ends with its owner. */
import { spawn } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'
import { defer, type Owner } from './owner.ts'

export interface RunningProcess {
  readonly pid: number
  /** Everything it wrote so far. */
  output(): string
  /** Sends a signal, SIGTERM by default, and resolves to the exit status, or to the signal's name when it died of one. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
  /** Resolves to the same once it ends by itself. */
  readonly ended: Promise<number | string>
}

export interface StartOptions {
  /** The process is ready when its output (both streams) matches this. Without it, it is ready at once. */
  readonly ready?: RegExp
  /** Seconds it may take to become ready; default 30, for an emulated machine is slow. */
  readonly timeout?: number
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts a program. To run it inside a namespace: `startProcess(t, node.command('tcpdump', '-i', 'eth0'), …)`. @throws Error when it does not become ready */
export const startProcess = async (
  owner: Owner,
  [program, ...parameters]: readonly string[],
  options: StartOptions = {},
): Promise<RunningProcess> => {
  const child = spawn(program ?? '', parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.environment } })
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (status, signal) => resolve(status ?? signal ?? 'unknown'))
  })
  defer(owner, () => void child.kill('SIGKILL'))
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk
    })
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return ended
  }
  const running = { pid: child.pid ?? 0, output: () => text, stop, ended }
  await becomesReady(running, options, `${program} ${parameters.join(' ')}`)
  return running
}

const becomesReady = async ({ output, ended }: RunningProcess, { ready, timeout = 30 }: StartOptions, name: string): Promise<void> => {
  if (ready === undefined) return
  let end: number | string | undefined
  void ended.then((how) => {
    end = how
  })
  for (let waited = 0; waited < timeout * 1000; waited += 20) {
    if (ready.test(output())) return
    if (end !== undefined) throw new Error(`${name} ended with ${end}: ${output()}`)
    await after(20)
  }
  throw new Error(`${name} was not ready after ${timeout} s: ${output()}`)
}
