/** Where test files run: on this machine, or in the virtual one. */
import { join } from 'node:path'
import { PassThrough, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { execa } from 'execa'
import { guestEnvironment } from '../../test-netns/vm/environment.ts'
import { findTestKernel } from '../../test-netns/vm/kernel.ts'
import { runInVm } from '../../test-netns/vm/machine.ts'
import { splitMachineWork, splitWork } from './batch.ts'
import { longestFirst, secondsOf } from './durations.ts'
import { type FileReport, makeTapReader } from './read-tap.ts'

const RUN_FILES = 'scripts/testing/run-files.ts'

/** Seconds for each file; an emulated machine is several times slower. */
const HERE_TIMEOUT = 120
const MACHINE_TIMEOUT = 900
/** Every test file is a process that loads tap: 0.2 s less each when it is compiled already. */
const COMPILE_CACHE = join(process.cwd(), 'node_modules/.cache/compiled')

/** Files at a time on this machine, whose two processors three of them leave idle for a quarter of the time: they wait for the kernel. */
const HERE_JOBS = 4
/** Of the virtual machine, and files at a time in it: alone it has two of this machine's, and beside the other tests its share of them. */
const PROCESSORS = 2
/** Seconds for all files of one virtual machine. */
const MACHINE_LIFE = 3000

export interface PlaceOptions {
  /** Seconds for each file. */
  readonly timeout?: number
  /** Seconds for all files together, where that is limited. */
  readonly life?: number
  /** Files at a time in a virtual machine. */
  readonly jobs?: number
  /** More of this process' environment for a virtual machine, as `NAME` or `NAME=VALUE`. */
  readonly variables?: readonly string[]
  /** Where what the run says beside its reports goes; by default to this process' standard error. */
  readonly complaints?: Writable
}

export interface Place {
  readonly name: string
  /** Runs the files; each one's report comes as soon as it has ended. A run that dies, or forgets a file, is reported as failed. */
  run(files: readonly string[], onFile: (report: FileReport) => void): Promise<void>
}

/**
 * This machine. As root, a run has its own network, processes, mounts and /run: it cannot touch the machine's, and what it leaves running
 * ends with it. An ordinary user's runs as it is.
 */
export const here = (root: boolean, { timeout = HERE_TIMEOUT, complaints = process.stderr }: PlaceOptions = {}): Place => ({
  name: 'on this kernel',
  run: (files, onFile) =>
    reporting(files, onFile, async (tap) => {
      // unshare ignores SIGTERM and SIGINT while its child runs; it must not outlive this process either.
      const isolation = ['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '--net', '--mount', '--pid', '--ipc']
      const prefix = root ? [...isolation, '--fork', '--kill-child', '--mount-proc'] : []
      const options = ['--timeout', String(timeout), '--jobs', String(HERE_JOBS), ...(root ? ['--isolated', '--leftovers'] : [])]
      const [program = '', ...parameters] = [...prefix, process.execPath, RUN_FILES, ...options, ...worksOf(splitWork(longestFirst(files)))]
      const env = { NODE_COMPILE_CACHE: COMPILE_CACHE }
      const run = execa(program, parameters, { stdin: 'ignore', buffer: false, reject: false, env })
      run.stdout.pipe(tap)
      run.stderr.pipe(complaints, { end: false })
      const { exitCode } = await run
      return exitCode
    }),
})

/** The virtual machine with Debian's kernel. */
export const machine = (
  environment: NodeJS.ProcessEnv,
  { timeout = MACHINE_TIMEOUT, life = MACHINE_LIFE, jobs = PROCESSORS, variables = [], complaints = process.stderr }: PlaceOptions = {},
): Place => ({
  name: 'in the virtual machine',
  run: (files, onFile) =>
    reporting(files, onFile, async (tap) => {
      const argv = [
        process.execPath,
        RUN_FILES,
        '--leftovers',
        '--once',
        '--jobs',
        String(jobs),
        '--timeout',
        String(timeout),
        ...worksOf(splitMachineWork(longestFirst(files), secondsOf)),
      ]
      const streams = { stdout: tap, stderr: complaints }
      const guest = { environment: guestEnvironment(environment, variables), processors: PROCESSORS, timeout: life }
      const job = { argv, cwd: process.cwd(), ...guest, ...streams }
      return runInVm(job, findTestKernel(environment))
    }),
})

const worksOf = (works: readonly (readonly string[])[]): string[] => works.map((files) => files.join(','))

const reporting = async (
  files: readonly string[],
  onFile: (report: FileReport) => void,
  run: (tap: PassThrough) => Promise<number | undefined>,
): Promise<void> => {
  const missing = new Set(files)
  let failed = false
  const tap = new PassThrough()
  const reader = makeTapReader((report) => {
    missing.delete(report.file)
    failed ||= report.failures.length > 0
    onFile(report)
  })
  const read = new Promise((resolve) => reader.once('complete', resolve))
  tap.pipe(reader)
  const end = await run(tap).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  tap.end()
  await Promise.all([finished(tap), read])
  const lost = [...missing, ...(end === 0 || failed ? [] : ['the run itself'])]
  for (const file of lost) {
    const failures = [{ name: `${file} did not come to its end`, detail: `the run ended with ${end ?? 'a signal'}` }]
    onFile({ file, passed: [], failures, skips: [], milliseconds: 0 })
  }
}
