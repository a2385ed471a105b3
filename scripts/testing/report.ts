/** What a run looks like on the terminal: one line for each file, failures in full, and the sum. */
import { stringify } from 'yaml'
import type { FileReport, Finding } from './read-tap.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const countsOf = (reports: readonly FileReport[]): Counts => ({
  passed: sum(reports.map(({ passed }) => passed.length)),
  failed: sum(reports.map(({ failures }) => failures.length)),
  skipped: sum(reports.map(({ skips }) => skips.length)),
})

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** `  ok   net/cidr.test.ts  12 passed  0.3 s`, followed by what failed and what was skipped. */
export const fileLines = (report: FileReport): string[] => {
  const { passed, failed, skipped } = countsOf([report])
  const numbers = [`${passed} passed`, ...(failed > 0 ? [`${failed} failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])]
  const line = `  ${failed > 0 ? 'FAIL' : 'ok  '} ${report.file}  ${numbers.join(', ')}  ${(report.milliseconds / 1000).toFixed(1)} s`
  return [line, ...report.failures.flatMap(failureLines), ...report.skips.map(({ name, detail }) => `       skipped: ${name}: ${detail}`)]
}

const failureLines = ({ name, detail }: Finding): string[] => [
  '',
  `       not ok: ${name}`,
  ...(detail === null
    ? []
    : stringify(detail, { lineWidth: 0 })
        .trimEnd()
        .split('\n')
        .map((line) => `         ${line}`)),
  '',
]

/** The last line of a run. */
export const summaryLine = ({ passed, failed, skipped }: Counts): string => `${passed} passed, ${failed} failed, ${skipped} skipped`

/** Why a run is no success, or undefined. */
export const verdict = ({ passed, failed, skipped }: Counts, ci: boolean): string | undefined => {
  if (failed > 0) return 'tests failed'
  if (passed === 0) return 'no test ran'
  return ci && skipped > 0 ? 'with CI=true nothing may be skipped' : undefined
}
