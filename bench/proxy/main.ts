/** `npm run bench:proxy`: measures the service proxy on a real kernel, prints a table, writes JSON. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { Writable } from 'node:stream'
import { execa } from 'execa'
import { UsageError } from '../../flags/flag.ts'
import { asksFor, parseFlags } from '../../flags/parse.ts'
import { lacks } from '../../test-netns/rig/capabilities.ts'
import { guestEnvironment } from '../../test-netns/vm/environment.ts'
import { findTestKernel } from '../../test-netns/vm/kernel.ts'
import { runInVm } from '../../test-netns/vm/machine.ts'
import type { InsideRequest } from './inside.ts'
import { FLAGS, help, MEASURES, type MeasureName } from './options.ts'
import { isMet, rowsOf } from './report.ts'
import type { Sample } from './samples.ts'
import { renderTable } from './table.ts'

const measure = async (argv: readonly string[]): Promise<boolean> => {
  const { services, only, repetitions, rounds, minutes, json } = parseFlags(FLAGS, argv)
  const measures = only.length === 0 ? [...MEASURES] : (only as MeasureName[])
  const load = loadavg()[0]
  const { text, machine } = await takeSamples({ services: services.map(Number), measures, repetitions, rounds }, minutes)
  const samples = text.split('\n').flatMap((line): Sample[] => (line === '' ? [] : [JSON.parse(line)]))
  const rows = rowsOf(samples)
  const about = { processors: cpus().length, model: cpus()[0]?.model, machine, load: { before: load, after: loadavg()[0] } }
  mkdirSync(dirname(resolve(json)), { recursive: true })
  const report = { about, rows: rows.map((row) => ({ ...row, met: isMet(row) })), samples }
  writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
  process.stdout.write(`${renderTable(rows)}\nOn ${machine}; load before: ${load}, after: ${about.load.after}. Written to ${json}.\n`)
  return rows.every((row) => isMet(row) !== false)
}

interface Samples {
  readonly text: string
  readonly machine: string
}

/** Here where that is possible, else in the virtual machine; answers of /healthz here, where the user is root. */
const takeSamples = async (request: InsideRequest, minutes: number): Promise<Samples> => {
  const isRoot = lacks('root') === undefined
  if (isRoot && lacks('ipvs') === undefined) return takeHere(request)
  const { measures } = request
  const here = measures.filter((measure) => isRoot && measure === 'health')
  const emulated = measures.filter((measure) => !here.includes(measure))
  const first = here.length === 0 ? undefined : await takeHere({ ...request, measures: here })
  const second = emulated.length === 0 ? undefined : await takeEmulated({ ...request, measures: emulated }, minutes)
  const parts = [first, second].filter((part) => part !== undefined)
  return { text: parts.map(({ text }) => text).join('\n'), machine: parts.map(({ machine }) => machine).join('; ') }
}

const wordsOf = (request: InsideRequest): [program: string, ...parameters: string[]] => [
  process.execPath,
  join(import.meta.dirname, 'inside.ts'),
  JSON.stringify(request),
]

const takeHere = async (request: InsideRequest): Promise<Samples> => {
  const [program, ...parameters] = wordsOf(request)
  const { stdout } = await execa(program, parameters, { stderr: 'inherit', maxBuffer: 1 << 28 })
  return { text: stdout, machine: `this machine, kernel ${release()}` }
}

const takeEmulated = async (request: InsideRequest, minutes: number): Promise<Samples> => {
  const kernel = findTestKernel(process.env)
  const stdout = collector()
  const environment = guestEnvironment(process.env, [])
  const job = {
    argv: wordsOf(request),
    cwd: process.cwd(),
    environment,
    timeout: 60 * minutes,
    processors: 2,
    stdout,
    stderr: process.stderr,
  }
  const status = await runInVm(job, kernel)
  if (status !== 0) throw new Error(`the samples ended with ${status}`)
  return { text: stdout.text(), machine: `an emulated machine, kernel ${kernel.version}` }
}

const collector = (): Writable & { text(): string } => {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk)
      done()
    },
  })
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() })
}

const main = async (argv: readonly string[]): Promise<number> => {
  try {
    if (asksFor(argv, 'help', 'h')) {
      process.stdout.write(help())
      return 0
    }
    return (await measure(argv)) ? 0 : 1
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
