/** Which cases of a catalogue a run has proven: those whose number test titles begin with, e.g. `[bridge 38]`. */
import type { Catalogue } from '../../test-netns/cni/checklist/case.ts'
import type { FileReport } from './read-tap.ts'
import { filesOf, findShown, stateOf } from './shown.ts'

/** What a run says of one case. `missing`: no test names it. */
export type CaseState = 'passed' | 'failed' | 'skipped' | 'not applicable' | 'missing'

export interface CaseResult {
  /** As in titles, without the brackets: `bridge 38`. */
  readonly name: string
  readonly rule: string
  readonly state: CaseState
  /** Why a case is not applicable. */
  readonly reason?: string
  /** The test files with points of this case, sorted. */
  readonly files: readonly string[]
}

export interface CatalogueResult {
  readonly name: string
  readonly cases: readonly CaseResult[]
}

/** What these reports say of every case of these catalogues, in their order. A case passes when it has points and all of them passed. */
export const conformanceOf = (catalogues: readonly Catalogue[], reports: readonly FileReport[]): CatalogueResult[] => {
  const found = findShown(reports, tagsOf)
  return catalogues.map(({ name, cases }) => ({
    name,
    cases: cases.map(([number, rule, reason]) => {
      const tag = `${name} ${number}`
      const shown = found.get(tag)
      if (shown !== undefined) return { name: tag, rule, state: stateOf(shown), files: filesOf(shown) }
      return reason === undefined
        ? { name: tag, rule, state: 'missing', files: [] }
        : { name: tag, rule, state: 'not applicable', reason, files: [] }
    }),
  }))
}

/** The cases that a run must not end with: failed or missing, and names in titles that no catalogue has. */
export const conformanceProblems = (catalogues: readonly Catalogue[], reports: readonly FileReport[]): string[] => {
  const results = conformanceOf(catalogues, reports).flatMap(({ cases }) => cases)
  const known = new Set(results.map(({ name }) => name))
  const own = new Set(catalogues.map(({ name }) => name))
  const strays = [...findShown(reports, tagsOf)].filter(([tag]) => own.has(tag.replace(/ \d+$/, '')) && !known.has(tag))
  return [
    ...results
      .filter(({ state }) => state === 'failed' || state === 'missing')
      .map(({ name, rule, state }) => `${state}: [${name}] ${rule}`),
    ...strays.map(([tag, shown]) => `no such case: [${tag}] in ${filesOf(shown)[0] ?? ''}`),
  ]
}

/** The tags that a point's title, or one of those around it, begins with: `a > [bridge 38] [bridge 39] b` has two. */
const tagsOf = (title: string): string[] =>
  [...title.matchAll(/(?:^| > )((?:\[[\w-]+ \d+\] *)+)/g)].flatMap(([, tags = '']) =>
    [...tags.matchAll(/\[([\w-]+ \d+)\]/g)].map(([, tag = '']) => tag),
  )
