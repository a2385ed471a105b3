/**
 * Runs test files, each in a process of its own or, joined by commas, several in one, some at a time, and writes one TAP stream:
 * `node scripts/testing/run-files.ts [--isolated] [--leftovers] [--jobs NUMBER] [--once] --timeout SECONDS FILE[,FILE]…`.
 *
 * --isolated (root): in a mount namespace of its own (whoever starts this made it), gives the run its own /run, so that neither namespaces
 * nor locks of the machine are seen or touched. --leftovers: compares what is there before and after, as a test of its own. --once: what
 * failed among others counts, and does not run again alone.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { execaSync } from 'execa'
import { findLeftovers, observeSurroundings } from '../../test-netns/leftovers.ts'
import { makeMountPoints } from '../../test-netns/rig/machine.ts'
import { makeOwner } from '../../test-netns/rig/owner.ts'
import { allFramesOf, framesOf } from './batch.ts'
import { type FileRun, frame, pointsOutput } from './frame.ts'

/** Seconds that a file has to end by itself after its time is up, until it is killed. */
const GRACE = 30

const { values, positionals: works } = parseArgs({
  allowPositionals: true,
  options: {
    isolated: { type: 'boolean' },
    leftovers: { type: 'boolean' },
    once: { type: 'boolean' },
    timeout: { type: 'string', default: '120' },
    jobs: { type: 'string', default: '2' },
  },
})

const TOGETHER = join(import.meta.dirname, 'together.ts')

/** Runs a program of tests of so many files; `input` goes to its standard input. */
const runProgram = async (program: string, files: number, input = ''): Promise<Omit<FileRun, 'file'>> => {
  const start = performance.now()
  // As in package.json: the machine's tests strip types, which Node warns of.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    stdio: [input === '' ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: values.timeout },
  })
  // A program that does not read its input to its end fails in another way too.
  child.stdin?.on('error', () => undefined).end(input)
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (status, signal) => resolve(status ?? signal ?? 'nothing'))
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), (files * Number(values.timeout) + GRACE) * 1000)
  const [end, output] = await Promise.all([ended, text(child.stdout ?? Readable.from([]))])
  clearTimeout(limit)
  return { output, end, milliseconds: Math.round(performance.now() - start) }
}

let count = 0
let failed = false
const write = (run: FileRun): void => {
  const framed = frame(++count, run)
  failed ||= /^not ok/m.test(framed)
  process.stdout.write(framed)
}

/** A batch in which anything is not plainly passed says nothing: its files run again, alone. Or, with --once, what it says. */
const runBatch = async (batch: readonly string[]): Promise<void> => {
  const { output, end } = await runProgram(TOGETHER, batch.length, batch.join('\n'))
  const plain = end === 0 ? framesOf(output, batch, count + 1) : undefined
  if (plain === undefined && values.once !== true) {
    waiting.push(...batch.map((file) => [file]))
    return
  }
  const frames = plain ?? allFramesOf(output, count + 1)
  count += frames.length
  failed ||= plain === undefined
  process.stdout.write(frames.join(''))
}

const waiting = works.map((work) => work.split(','))
const worker = async (): Promise<void> => {
  for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) {
    const [file = ''] = work
    if (work.length > 1) await runBatch(work)
    else write({ file, ...(await runProgram(file, 1)) })
  }
}

if (values.isolated) {
  execaSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'run', '/run'])
  execaSync('ip', ['link', 'set', 'lo', 'up'])
}
const owner = makeOwner()
if (values.isolated) makeMountPoints(owner)
const before = values.leftovers ? observeSurroundings() : undefined
process.stdout.write('TAP version 14\n')
await Promise.all(Array.from({ length: Number(values.jobs) }, worker))
if (before !== undefined) {
  const points = await findLeftovers(before)
  write({ file: 'what the tests leave behind', output: pointsOutput(points), end: 0, milliseconds: 0 })
}
owner.close()
process.stdout.write(`1..${count}\n`)
process.exitCode = failed ? 1 : 0
