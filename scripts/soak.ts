/**
 * `npm run soak -- [--seed NUMBER] [--minutes NUMBER] [FILE_OR_FOLDER…]`: runs the long tests, files called *.soak.ts, each where it can
 * run, and ends with one line `N passed, N failed, N skipped`, counted in test points. Fails when a point failed or nothing ran.
 */
import { parseArgs } from 'node:util'
import { needsVm } from '../test-netns/vm/needs-vm.ts'
import { findTests, type Group, groupOf, selectTests } from './testing/find-tests.ts'
import { here, machine, type Place } from './testing/places.ts'
import type { FileReport } from './testing/read-tap.ts'
import { countsOf, fileLines, summaryLine, verdict } from './testing/report.ts'

const HELP = `npm run soak -- [options] [FILE_OR_FOLDER…]

Runs the long tests: kill -9 at every system call, hundreds of parallel calls, fuzzing, and whatever else is called *.soak.ts.

  --minutes NUMBER  how long all together should take, default 30; tests that have no such choice take what they need
  --seed NUMBER     repeats the random choices of an earlier run; without it they are new, and printed
  --list            prints the names of the files and runs nothing
  --help            prints this
`

const say = (...lines: string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

const numberOption = (name: string, text: string, least: number): number => {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number < least)
    throw new RangeError(`--${name} ${text}: expected a number from ${least}`)
  return number
}

const readOptions = (argv: readonly string[]) => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  })
  const files = selectTests(findTests('.', 'soak'), positionals)
  return { ...values, files, minutes: numberOption('minutes', values.minutes, 0.1), seed: numberOption('seed', values.seed, 0) }
}

/** Seconds that a file may take beyond its share before it is ended. */
const PATIENCE = 1200

type Options = Pick<ReturnType<typeof readOptions>, 'files' | 'minutes' | 'seed'>

const runSoak = async (options: Options): Promise<number> => {
  const { files, minutes, seed } = options
  say(`${files.length} files, ${minutes} minutes, seed ${seed}`)
  const places = placesFor(options)
  const reports: FileReport[] = []
  // One place after the other: the virtual machine needs a whole processor.
  for (const place of new Set(Object.values(places))) {
    const these = files.filter((file) => places[groupOf(file)] === place)
    if (these.length === 0) continue
    say(`${these.length} ${place.name}`)
    await place.run(these, (report) => {
      reports.push(report)
      say(...fileLines(report))
    })
  }
  const counts = countsOf(reports)
  const problem = verdict(counts, process.env.CI === 'true')
  say(...(problem === undefined ? [] : [`FAILED: ${problem}; repeat with --seed ${seed}`]), summaryLine(counts))
  return problem === undefined ? 0 : 1
}

/** Tells the files their share of the time, and the seed (test-netns/soak.ts reads it). */
const placesFor = ({ files, minutes, seed }: Options): Readonly<Record<Group, Place>> => {
  const share = minutes / files.length
  process.env.SOAK_SEED = String(seed)
  process.env.SOAK_MINUTES = String(share)
  const root = process.getuid?.() === 0
  const timeout = Math.ceil(share * 60 + PATIENCE)
  const thisKernel = here(root, { timeout })
  // One at a time: some measure, and one sets the machine's clock.
  const guest = { timeout, life: timeout * files.length, jobs: 1, variables: ['SOAK_SEED', 'SOAK_MINUTES'] }
  const otherKernel = machine(process.env, guest)
  return { unit: thisKernel, kernel: root ? thisKernel : otherKernel, ipvs: needsVm() === undefined ? thisKernel : otherKernel }
}

const main = async (): Promise<number> => {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options.help) process.stdout.write(HELP)
    else if (options.list) say(...options.files)
    else return await runSoak(options)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\nTry: npm run soak -- --help\n`)
    return 2
  }
}

process.exitCode = await main()
