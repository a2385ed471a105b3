/** The elements of sets and maps of a plan. */
import type { Applied } from './apply.ts'
import type { DataPlane, ElementChange } from './data-plane.ts'
import type { Operation } from './difference.ts'
import type { ElementItem, Item } from './item.ts'
import { HeldBackError, outcomesOf, refusedIn } from './outcomes.ts'

/**
 * What is changed before anything is exposed, and what after everything else. Networks of one address and port must not overlap: the old ones
 * go in the same transaction that brings the new ones.
 */
export const elementsInOrder = ({
  made,
  removed,
}: Record<'made' | 'removed', readonly Operation[]>): Record<'first' | 'last', readonly Operation[]> => {
  const changing = new Set<string>()
  for (const { item } of made) if (isNetwork(item)) changing.add(exposedBy(item))
  if (changing.size === 0) return { first: made, last: removed }
  const isBefore = ({ item }: Operation): boolean => isNetwork(item) && changing.has(exposedBy(item))
  return { first: [...made, ...removed.filter(isBefore)], last: removed.filter((operation) => !isBefore(operation)) }
}

const isNetwork = (item: Item): item is ElementItem => item.kind === 'element' && item.set.startsWith('allowed')

/** `address . protocol . port` of an element that begins with it. */
const exposedBy = ({ element }: ElementItem): string => element.split(' . ').slice(0, 3).join(' . ')

/** Addresses and ports whose sets lack something: without it a virtual server would serve whom it must not, or wrongly. */
export const unguarded = (elements: readonly Applied[]): ReadonlySet<string> =>
  new Set(refusedIn(elements).flatMap(({ operation: { item } }) => (item.kind === 'element' ? [exposedBy(item)] : [])))

/** A VIP whose route could not be removed is still this node's own address: the guard of its other ports stays as long. */
export const removeElements = (operations: readonly Operation[], done: { routes: readonly Applied[]; plane: DataPlane }): Applied[] => {
  const local = new Set(
    refusedIn(done.routes).flatMap(({ operation: { verb, item } }) => (verb === 'remove' && item.kind === 'route' ? [item.address] : [])),
  )
  const guards = ({ item }: Operation): boolean => item.kind === 'element' && item.set.startsWith('address') && local.has(item.element)
  return [
    ...changeElements(
      operations.filter((operation) => !guards(operation)),
      done.plane,
    ),
    ...operations.filter(guards).map((operation) => ({ operation, outcome: new HeldBackError('held back: its VIP is still local') })),
  ]
}

/** In one transaction. */
export const changeElements = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const changes: ElementChange[] = []
  for (const { verb, item } of operations)
    if (item.kind === 'element' || item.kind === 'mark') changes.push({ verb: ELEMENT_VERBS[verb], item })
  const outcomes = changes.length === 0 ? [] : outcomesOf(changes.length, () => plane.changeElements(changes))
  return operations.map((operation, index) => ({ operation, outcome: outcomes[index] }))
}

const ELEMENT_VERBS = { add: 'add', set: 'replace', remove: 'delete' } as const
