/** Changes of the sets and maps that hold the Services, in transactions of the kernel; what it refuses is found and left out. */
import { hasCode } from '#kernel/errno.ts'
import type { ElementsChange, WrittenElement } from '#kernel/nftables-elements.ts'
import { asError } from '../services/as-error.ts'
import type { ElementChange, Outcome } from '../services/data-plane.ts'
import { writtenElement } from './element-bytes.ts'

/** Elements of one transaction: the longest of all, deleted, still fit a datagram of 200 KB. */
const ELEMENTS_AT_ONCE = 800

/**
 * Carries changes out through `transaction`, which does all or nothing. A transaction that is refused is done again in parts, so that in the
 * end only what the kernel does not want is missing.
 * @returns what became of each change, in order
 */
export const changeElements = (
  changes: readonly ElementChange[],
  transaction: (changes: readonly ElementsChange[]) => void,
): readonly Outcome[] => {
  const failed = new Map<ElementChange, Error>()
  const ordered = deletionsFirst(changes)
  for (let start = 0; start < ordered.length; start += ELEMENTS_AT_ONCE) {
    carryOut(ordered.slice(start, start + ELEMENTS_AT_ONCE), transaction, failed)
  }
  return changes.map((change) => failed.get(change))
}

/** Also when they do not fit one transaction, or one of them is refused: a network is not taken before those that overlap it are gone. */
const deletionsFirst = (changes: readonly ElementChange[]): readonly ElementChange[] => {
  const isDeletion = ({ verb }: ElementChange): boolean => verb === 'delete'
  return [...changes.filter(isDeletion), ...changes.filter((change) => !isDeletion(change))]
}

const carryOut = (
  changes: readonly ElementChange[],
  transaction: (changes: readonly ElementsChange[]) => void,
  failed: Map<ElementChange, Error>,
): void => {
  try {
    transaction(elementsChanges(changes))
  } catch (error) {
    const parts = partsOf(changes, error)
    if (parts.length < 2) for (const change of changes) settleAlone(change, error, { transaction, failed })
    else for (const part of parts) carryOut(part, transaction, failed)
  }
}

interface Alone {
  readonly transaction: (changes: readonly ElementsChange[]) => void
  readonly failed: Map<ElementChange, Error>
}

/** What was to be replaced and is not there, for nobody knew, is added. */
const settleAlone = (change: ElementChange, error: unknown, { transaction, failed }: Alone): void => {
  try {
    if (change.verb !== 'replace' || !hasCode(error, 'ENOENT')) throw error
    transaction(elementsChanges([{ ...change, verb: 'add' }]))
  } catch (final) {
    failed.set(change, asError(final))
  }
}

/**
 * Halves; but where nothing is replaced ENOENT is about a set, or the whole table, and then none of its elements can be had: to try each of
 * them would take seconds.
 */
const partsOf = (changes: readonly ElementChange[], error: unknown): (readonly ElementChange[])[] => {
  if (hasCode(error, 'ENOENT') && !changes.some(({ verb }) => verb === 'replace'))
    return [...Map.groupBy(changes, ({ item }) => item.set).values()]
  const middle = changes.length >> 1
  return [changes.slice(0, middle), changes.slice(middle)].filter(({ length }) => length > 0)
}

/** Deletions first. The kernel refuses to delete what is not there, so it is added before: in one transaction nobody sees it. */
export const elementsChanges = (changes: readonly ElementChange[]): ElementsChange[] => {
  const pick = (...verbs: ElementChange['verb'][]): ElementChange[] => changes.filter((change) => verbs.includes(verbOf(change)))
  // As at the start of a proxy.
  if (changes.every((change) => verbOf(change) === 'add')) return bySet('add', changes)
  return [...bySet('add', pick('delete')), ...bySet('delete', pick('delete', 'replace')), ...bySet('add', pick('add', 'replace'))]
}

/** An element of a set has nothing to replace: one that is incomplete is added where it is missing. */
const verbOf = ({ verb, item }: ElementChange): ElementChange['verb'] => (verb === 'replace' && item.kind === 'element' ? 'add' : verb)

const bySet = (verb: ElementsChange['verb'], changes: readonly ElementChange[]): ElementsChange[] => {
  const sets = new Map<string, WrittenElement[]>()
  for (const { item } of changes) {
    const elements = sets.get(item.set)
    if (elements === undefined) sets.set(item.set, [writtenElement(item)])
    else elements.push(writtenElement(item))
  }
  return [...sets].map(([set, elements]) => ({ verb, set, elements }))
}
