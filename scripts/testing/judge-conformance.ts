/** What a run of all tests means for docs/conformance.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CNI_CATALOGUES } from '../../test-netns/cni/checklist/catalogue.ts'
import { DELIBERATE } from '../../test-netns/cni/golden/deliberate.ts'
import { RECORDING, readRecording } from '../../test-netns/cni/golden/recording.ts'
import { UPSTREAM_SUITES } from '../../test-netns/vm-only/proxy/e2e/catalogue.ts'
import { conformanceOf, conformanceProblems } from './conformance.ts'
import { conformanceDocument } from './conformance-document.ts'
import type { FileReport } from './read-tap.ts'
import { upstreamProblems, upstreamResults } from './upstream.ts'

export interface Judging {
  /** Path of docs/conformance.md. */
  readonly document: string
  /** Whether to write it. */
  readonly write: boolean
}

/**
 * What is wrong after a run of all tests: cases that failed or that nothing shows, else a document that says otherwise than this run, unless
 * `write` says to write it. A run that skipped a case cannot tell: it neither judges nor writes.
 */
export const judgeConformance = (reports: readonly FileReport[], { document, write }: Judging): string[] => {
  const recorded = { name: 'recorded', cases: readRecording(RECORDING).map(({ name }, index) => [index + 1, name] as const) }
  const all = [...CNI_CATALOGUES, recorded]
  const upstream = upstreamResults(UPSTREAM_SUITES, reports)
  const skipped = [...conformanceOf(all, reports), ...upstream].flatMap(({ cases }) =>
    cases.filter(({ state }) => state === 'skipped').map(({ name }) => name),
  )
  if (skipped.length > 0) return write ? [`${document} is not written: this run skipped [${skipped[0]}]`] : []
  const catalogues = conformanceOf(CNI_CATALOGUES, reports)
  const recordedResults = conformanceOf([recorded], reports)
  const text = conformanceDocument({
    catalogues,
    recorded: recordedResults[0] ?? { name: '', cases: [] },
    differences: DELIBERATE,
    upstream,
  })
  if (write) writeDocument(document, text)
  const problems = [...conformanceProblems(all, reports), ...upstreamProblems(UPSTREAM_SUITES, reports)]
  // After a failure the document is bound to differ.
  const isStale = problems.length === 0 && readDocument(document) !== text
  return isStale ? [`${document} is not what this run found: npm test -- --write-conformance`] : problems
}

const writeDocument = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const readDocument = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
