/** The elements of sets and maps of a plan. */
import type { Applied } from './apply.ts'
import type { DataPlane, ElementChange } from './data-plane.ts'
import type { Operation } from './difference.ts'
import type { ElementItem, Item } from './item.ts'
import { HeldBackError, outcomesOf } from './outcomes.ts'

/**
 * What is changed before anything is exposed. Networks of one address and port must not overlap: the old ones go in the same transaction that
 * brings the new ones.
 */
export const elementsBefore = (operations: readonly Operation[]): Operation[] => {
  const changing = new Set(operations.flatMap(({ verb, item }) => (verb !== 'remove' && isNetwork(item) ? [exposedBy(item)] : [])))
  return operations.filter(
    ({ verb, item }) => item.kind === 'element' && (verb !== 'remove' || (isNetwork(item) && changing.has(exposedBy(item)))),
  )
}

export const isElement = ({ item }: Operation): boolean => item.kind === 'element'

const isNetwork = (item: Item): item is ElementItem => item.kind === 'element' && item.set.startsWith('allowed')

/** `address . protocol . port` of an element that begins with it. */
const exposedBy = ({ element }: ElementItem): string => element.split(' . ').slice(0, 3).join(' . ')

/** Addresses and ports whose sets lack something: without it a virtual server would serve whom it must not, or wrongly. */
export const unguarded = (elements: readonly Applied[]): ReadonlySet<string> =>
  new Set(
    elements.flatMap(({ operation: { item }, outcome }) => (outcome !== undefined && item.kind === 'element' ? [exposedBy(item)] : [])),
  )

/** A VIP whose route could not be removed is still this node's own address: the guard of its other ports stays as long. */
export const removeElements = (operations: readonly Operation[], done: { routes: readonly Applied[]; plane: DataPlane }): Applied[] => {
  const local = new Set(
    done.routes.flatMap(({ operation: { verb, item }, outcome }) =>
      verb === 'remove' && outcome !== undefined && item.kind === 'route' ? [item.address] : [],
    ),
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
  const changes = operations.flatMap(({ verb, item }): ElementChange[] =>
    item.kind === 'element' || item.kind === 'mark' ? [{ verb: ELEMENT_VERBS[verb], item }] : [],
  )
  const outcomes = changes.length === 0 ? [] : outcomesOf(changes.length, () => plane.changeElements(changes))
  return operations.map((operation, index) => ({ operation, outcome: outcomes[index] }))
}

const ELEMENT_VERBS = { add: 'add', set: 'replace', remove: 'delete' } as const
