/** Carrying calls out as a runtime does, many at once where asked: the clock runs from the first start to the last end. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Network } from './conflist.ts'
import { type Attachment, environmentOf, type Turn, turnsOf, type Verb } from './runtime.ts'
import { awaitAny, type Ended, type Program, startProgram } from './start.ts'

export interface Call {
  readonly network: Network
  readonly verb: Verb
  readonly attachment: Attachment
  /** Where the plugins are. */
  readonly folder: string
}

/** What calls cost together. */
export interface Cost {
  readonly wallMilliseconds: number
  /** User and system time of all processes. */
  readonly cpuMilliseconds: number
  /** Of the largest process, as its launcher saw it. */
  readonly peakBytes: number
}

/** How plugins are started, and their ends learnt. */
export interface Launcher {
  /** @returns what `next` will call it by */
  start(program: Program): number
  /** Waits for one to end. */
  next(): Ended
}

const DIRECTLY: Launcher = { start: startProgram, next: awaitAny }

export interface PerformOptions {
  /** A folder in memory for what plugins read and print. */
  readonly scratch: string
  readonly launcher?: Launcher
}

/** A call under way. */
interface Running extends Call {
  readonly turns: Turn[]
  readonly env: Readonly<Record<string, string>>
  /** Stem of its files. */
  readonly files: string
}

/** Performs all calls at once, the plugins of each one after another. @throws Error as soon as a plugin fails, with what it printed */
export const perform = (calls: readonly Call[], { scratch, launcher = DIRECTLY }: PerformOptions): Cost => {
  const waiting = calls.map((call, index) => prepare(call, join(scratch, String(index))))
  const running = new Map<number, Running>()
  const cost = { cpuMilliseconds: 0, peakBytes: 0 }
  const start = (call: Running, printed: string): void => {
    const turn = call.turns.shift()
    if (turn === undefined) return
    const stdin = `${call.files}.in`
    writeFileSync(stdin, turn.input(printed))
    running.set(launcher.start({ path: join(call.folder, turn.type), env: call.env, stdin, ...outputsOf(call) }), call)
  }
  const started = process.hrtime.bigint()
  for (const call of waiting) start(call, '')
  while (running.size > 0) {
    const { pid, status, cpuMilliseconds, peakBytes } = launcher.next()
    cost.cpuMilliseconds += cpuMilliseconds
    cost.peakBytes = Math.max(cost.peakBytes, peakBytes)
    const call = running.get(pid)
    if (call === undefined) continue
    running.delete(pid)
    const printed = call.turns.length > 0 || status !== 0 ? readFileSync(outputsOf(call).stdout, 'utf8') : ''
    if (status !== 0) throw new Error(failureOf(call, status, printed))
    start(call, printed)
  }
  return { ...cost, wallMilliseconds: Number(process.hrtime.bigint() - started) / 1e6 }
}

const prepare = (call: Call, files: string): Running => ({
  ...call,
  files,
  turns: turnsOf(call.network, call.verb, call.attachment),
  env: environmentOf(call.verb, call.attachment, call.folder),
})

const outputsOf = ({ files }: Running): { stdout: string; stderr: string } => ({ stdout: `${files}.out`, stderr: `${files}.err` })

const failureOf = (call: Running, status: number, printed: string): string =>
  `${call.folder}: ${call.verb} of ${call.network.name} ended with ${status}: ${printed}${readFileSync(outputsOf(call).stderr, 'utf8')}`
