/** What a run of all tests means for docs/conformance.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CNI_CATALOGUES } from '../../test-netns/cni/checklist/catalogue.ts'
import { DELIBERATE } from '../../test-netns/cni/golden/deliberate.ts'
import { RECORDING, readRecording } from '../../test-netns/cni/golden/recording.ts'
import { conformanceOf, conformanceProblems } from './conformance.ts'
import { conformanceDocument } from './conformance-document.ts'
import type { FileReport } from './read-tap.ts'

/** Relative to the repository. */
const DOCUMENT = 'docs/conformance.md'

/**
 * What is wrong after a run of all tests: cases that failed or that nothing shows, and a document that says otherwise than this run, unless
 * `write` says to write it. A run that skipped a case cannot tell: it neither judges nor writes.
 */
export const judgeConformance = (reports: readonly FileReport[], write: boolean): string[] => {
  const recorded = { name: 'recorded', cases: readRecording(RECORDING).map(({ name }, index) => [index + 1, name] as const) }
  const all = [...CNI_CATALOGUES, recorded]
  const skipped = conformanceOf(all, reports).flatMap(({ cases }) => cases.filter(({ state }) => state === 'skipped'))
  if (skipped.length > 0) return write ? [`${DOCUMENT} is not written: this run skipped [${skipped[0]?.name}]`] : []
  const catalogues = conformanceOf(CNI_CATALOGUES, reports)
  const recordedResults = conformanceOf([recorded], reports)
  const text = conformanceDocument({ catalogues, recorded: recordedResults[0] ?? { name: '', cases: [] }, differences: DELIBERATE })
  if (write) writeDocument(text)
  const stale = readDocument() === text ? [] : [`${DOCUMENT} is not what this run found: npm test -- --write-conformance`]
  return [...conformanceProblems(all, reports), ...stale]
}

const writeDocument = (text: string): void => {
  mkdirSync(dirname(DOCUMENT), { recursive: true })
  writeFileSync(DOCUMENT, text)
}

const readDocument = (): string | undefined => {
  try {
    return readFileSync(DOCUMENT, 'utf8')
  } catch {
    return undefined
  }
}
