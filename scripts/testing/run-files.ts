/**
 * Runs test files, each in a process of its own, some at a time, and writes one TAP stream:
 * `node scripts/testing/run-files.ts [--isolated] [--leftovers] [--jobs NUMBER] --timeout SECONDS FILE…`.
 *
 * --isolated (root): in a mount namespace of its own (whoever starts this made it), gives the run its own /run, so that neither namespaces
 * nor locks of the machine are seen or touched. --leftovers: compares what is there before and after, as a test of its own.
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { execaSync } from 'execa'
import { findLeftovers, observeSurroundings } from '../../test-netns/leftovers.ts'
import { makeMountPoints } from '../../test-netns/rig/machine.ts'
import { makeOwner } from '../../test-netns/rig/owner.ts'
import { type FileRun, frame, pointsOutput } from './frame.ts'

/** Seconds that a file has to end by itself after its time is up, until it is killed. */
const GRACE = 30

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    isolated: { type: 'boolean' },
    leftovers: { type: 'boolean' },
    timeout: { type: 'string', default: '120' },
    jobs: { type: 'string', default: '2' },
  },
})

const runFile = async (file: string): Promise<FileRun> => {
  const start = performance.now()
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: values.timeout },
  })
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (status, signal) => resolve(status ?? signal ?? 'nothing'))
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), (Number(values.timeout) + GRACE) * 1000)
  const [end, output] = await Promise.all([ended, text(child.stdout)])
  clearTimeout(limit)
  return { file, output, end, milliseconds: Math.round(performance.now() - start) }
}

let count = 0
let failed = false
const write = (run: FileRun): void => {
  const framed = frame(++count, run)
  failed ||= /^not ok/m.test(framed)
  process.stdout.write(framed)
}

const waiting = [...files]
const worker = async (): Promise<void> => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) write(await runFile(file))
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
