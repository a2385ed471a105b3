/**
 * `npm test [FILE_OR_FOLDER…]`: runs the tests, each where it can run, and ends with one line `N passed, N failed, N skipped`, counted in
 * test points (assertions). Fails when a point failed, when nothing ran, and with CI=true when anything was skipped. A run of all tests
 * also fails when nothing shows a case of the reference, or docs/conformance.md says otherwise; --write-conformance writes that.
 */
import { parseArgs } from 'node:util'
import { makeMountPoints } from '../test-netns/rig/machine.ts'
import { makeOwner } from '../test-netns/rig/owner.ts'
import { needsVm } from '../test-netns/vm/needs-vm.ts'
import { findTests, type Group, groupOf, selectTests } from './testing/find-tests.ts'
import { judgeConformance } from './testing/judge-conformance.ts'
import { here, machine, type Place } from './testing/places.ts'
import type { FileReport } from './testing/read-tap.ts'
import { countsOf, fileLines, summaryLine, verdict } from './testing/report.ts'

const say = (...lines: string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { 'write-conformance': { type: 'boolean', default: false } },
})
if (options['write-conformance'] && wanted.length > 0) throw new RangeError('--write-conformance: only a run of all tests can tell')

const root = process.getuid?.() === 0
const whyMachine = needsVm()
const thisKernel = here(root)
const otherKernel = machine(process.env)
const places: Readonly<Record<Group, Place>> = {
  unit: thisKernel,
  // Without root they skip: they are too many for the emulated machine.
  kernel: thisKernel,
  ipvs: whyMachine === undefined ? thisKernel : otherKernel,
}

const files = selectTests(findTests('.'), wanted)
const reports: FileReport[] = []
const runAt = async (place: Place): Promise<void> => {
  const these = files.filter((file) => places[groupOf(file)] === place)
  if (these.length === 0) return
  say(`${these.length} test files ${place.name}${place === otherKernel ? ` (${whyMachine})` : ''}`)
  await place.run(these, (report) => {
    reports.push(report)
    say(...fileLines(report))
  })
}
// The virtual machine sees this one's folders: they may not come and go while it runs.
const owner = makeOwner()
if (root) makeMountPoints(owner)
// One after the other: each place keeps two processors busy, and an emulated machine that gets less of them misses its deadlines.
for (const place of new Set(Object.values(places))) await runAt(place)
owner.close()

const unproven =
  wanted.length === 0 ? judgeConformance(reports, { document: 'docs/conformance.md', write: options['write-conformance'] }) : []
say(...unproven)
const counts = countsOf(reports)
const problem =
  verdict(counts, process.env.CI === 'true') ??
  (unproven.length > 0 ? 'cases of the reference are not shown, or not written down' : undefined)
if (problem !== undefined) say(`FAILED: ${problem}`)
say(summaryLine(counts))
process.exitCode = problem === undefined ? 0 : 1
