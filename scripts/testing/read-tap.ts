/** Reading a run's TAP: one report for each test file, with the test points counted. */
import { type FinalResults, Parser, type Result } from 'tap-parser'

/** A test point that is not plainly passed. */
export interface Finding {
  /** The titles of the tests around it, and its own. */
  readonly name: string
  /** Why it was skipped, or what is known of its failure. */
  readonly detail: unknown
}

export interface FileReport {
  readonly file: string
  /** Passed points, by the titles of the tests around them and their own. */
  readonly passed: readonly string[]
  readonly failures: readonly Finding[]
  readonly skips: readonly Finding[]
  readonly milliseconds: number
}

/**
 * A sink for the TAP of a run whose top level is one subtest per file (see frame.ts); `onFile` gets each file as it is complete.
 * What counts is single test points (assertions), not the tests around them; a skipped test counts as one point. A file that failed
 * without a failed point counts as one.
 */
export const makeTapReader = (onFile: (report: FileReport) => void): Parser => {
  const run = new Parser()
  let file: Parser | undefined
  let points: Result[] = []
  run.on('child', (test: Parser) => {
    file = test
    points = []
    collectPoints(test, points)
  })
  run.on('assert', (closing: Result) => {
    onFile(reportOf(closing, points, file?.results ?? undefined))
    file = undefined
    points = []
  })
  return run
}

/** Gathers the test points of a test and of all tests inside it; a line that closes a test is no point of its own. */
const collectPoints = (test: Parser, points: Result[]): void => {
  test.on('assert', (point: Result) => {
    if (!point.closingTestPoint) points.push(point)
  })
  test.on('child', (inner: Parser) => collectPoints(inner, points))
}

const reportOf = (closing: Result, points: readonly Result[], results: FinalResults | undefined): FileReport => {
  const failures = points.filter((point) => !point.ok && !isSkipped(point)).map(({ fullname, diag }) => ({ name: fullname, detail: diag }))
  const skips = points.filter(isSkipped).map(({ fullname, skip, todo }) => ({ name: fullname, detail: skip || todo }))
  if (isSkipped(closing)) skips.push({ name: closing.name, detail: closing.skip })
  if (failures.length === 0 && !(closing.ok && results?.ok !== false)) {
    failures.push({ name: closing.name, detail: closing.diag ?? results?.failures })
  }
  const passed = points.filter((point) => point.ok && !isSkipped(point)).map(({ fullname }) => fullname)
  return { file: closing.name, passed, failures, skips, milliseconds: closing.time ?? 0 }
}

/** What is to be done counts as skipped: it was not checked. */
const isSkipped = ({ skip, todo }: Result): boolean => skip !== false || todo !== false
