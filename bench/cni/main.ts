/** `npm run bench:cni`: measures the CNI executables beside the reference plugins, prints a table, writes JSON. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { UsageError } from '../../flags/flag.ts'
import { asksFor, parseFlags } from '../../flags/parse.ts'
import { defer, makeOwner, type Owner } from '../../test-netns/rig/owner.ts'
import { run } from './bench.ts'
import { install } from './installed.ts'
import { FLAGS, help } from './options.ts'
import { isMet } from './report.ts'
import { renderTable } from './table.ts'

const makeFolder = (owner: Owner, parent: string): string => {
  const folder = mkdtempSync(join(parent, 'selvedge-bench-'))
  defer(owner, () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const measure = (argv: readonly string[]): boolean => {
  const { repetitions, only, json, ...folders } = parseFlags(FLAGS, argv)
  if (process.getuid?.() !== 0) throw new Error('must be run as root: it makes network namespaces')
  const owner = makeOwner()
  try {
    const machine = { processors: cpus().length, model: cpus()[0]?.model, kernel: release(), load: loadavg()[0] }
    // Executables and leases belong on a disk, what the runtime hands over does not.
    const suites = [
      { name: 'ours', folder: makeFolder(owner, tmpdir()) },
      { name: 'Go', folder: makeFolder(owner, tmpdir()) },
    ] as const
    install(resolve(folders.ours), suites[0].folder)
    install(resolve(folders.go), suites[1].folder)
    const places = { state: makeFolder(owner, tmpdir()), scratch: makeFolder(owner, '/dev/shm') }
    const rows = run({ owner, suites, repetitions, only, ...places, tell: (text) => process.stderr.write(`${text}\n`) })
    mkdirSync(dirname(resolve(json)), { recursive: true })
    writeFileSync(json, `${JSON.stringify({ machine, rows: rows.map((row) => ({ ...row, met: isMet(row) })) }, null, 2)}\n`)
    process.stdout.write(`${renderTable(rows)}\nLoad before: ${machine.load}. Written to ${json}.\n`)
    return rows.every((row) => isMet(row) !== false)
  } finally {
    owner.close()
  }
}

const main = (argv: readonly string[]): number => {
  try {
    if (asksFor(argv, 'help', 'h')) {
      process.stdout.write(help())
      return 0
    }
    return measure(argv) ? 0 : 1
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

process.exitCode = main(process.argv.slice(2))
