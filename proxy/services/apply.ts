/**
 * Carries a plan out, once, in the order that never exposes half a Service: sets, then virtual servers with their destinations, then
 * the VIP's route; removals backwards. Each operation gets its own outcome.
 */
import { hasCode } from '#kernel/errno.ts'
import { serverText } from '#kernel/ipvs/server-id.ts'
import type { IpvsOperation } from '#kernel/ipvs/types.ts'
import { asError } from './as-error.ts'
import type { DataPlane, ElementChange, Outcome } from './data-plane.ts'
import type { Operation } from './difference.ts'
import type { Item } from './item.ts'
import type { ServiceKey } from './types.ts'

export interface Applied {
  readonly operation: Operation
  readonly outcome: Outcome
}

/** A VIP that was not bound because something it needs is missing. */
export class HeldBackError extends Error {
  override readonly name = 'HeldBackError'
}

/** Applies operations in any order given; returns each with what became of it. */
export const applyOperations = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const pick = (kind: Item['kind'], removing: boolean): Operation[] =>
    operations.filter(({ item, verb }) => item.kind === kind && (verb === 'remove') === removing)
  const first = new Set(elementsBefore(operations))
  const added = [...changeElements([...first], plane), ...changeIpvs([...pick('server', false), ...pick('destination', false)], plane)]
  const failed = new Set(added.flatMap(({ outcome, operation }) => (outcome === undefined ? [] : operation.owners)))
  const routes = changeRoutes([...pick('route', true), ...pick('route', false)], failed, plane)
  return [
    ...added,
    ...routes,
    ...removeIpvs([...pick('destination', true), ...pick('server', true)], plane),
    ...removeElements(
      operations.filter((operation) => isElement(operation) && !first.has(operation)),
      { routes, plane },
    ),
  ]
}

/** A VIP whose route could not be removed is still this node's own address: the guard of its other ports stays as long. */
const removeElements = (operations: readonly Operation[], done: { routes: readonly Applied[]; plane: DataPlane }): Applied[] => {
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

const isElement = ({ item }: Operation): boolean => item.kind === 'element' || item.kind === 'mark'

/**
 * What is changed before anything is exposed. Networks of one address and port must not overlap: the old ones go in the same transaction that
 * brings the new ones.
 */
const elementsBefore = (operations: readonly Operation[]): Operation[] => {
  const bringsNetworks = operations.some(({ verb, item }) => verb !== 'remove' && isNetwork(item))
  return operations.filter((operation) => {
    const { verb, item } = operation
    return isElement(operation) && (verb !== 'remove' || (bringsNetworks && isNetwork(item)))
  })
}

const isNetwork = (item: Item): boolean => item.kind === 'element' && item.set.startsWith('allowed')

const changeElements = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const changes = operations.flatMap(({ verb, item }): ElementChange[] =>
    item.kind === 'element' || item.kind === 'mark' ? [{ verb: ELEMENT_VERBS[verb], item }] : [],
  )
  const outcomes = changes.length === 0 ? [] : outcomesOf(changes.length, () => plane.changeElements(changes))
  return operations.map((operation, index) => ({ operation, outcome: outcomes[index] }))
}

const ELEMENT_VERBS = { add: 'add', set: 'replace', remove: 'delete' } as const

/** An object that exists although we did not know is made what it should be: the kernel's state is what counts. */
const changeIpvs = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const first = runIpvs(operations, plane)
  const existing = first.filter(({ operation, outcome }) => operation.verb === 'add' && hasCode(outcome, 'EEXIST'))
  if (existing.length === 0) return first
  const second = runIpvs(
    existing.map(({ operation }) => ({ ...operation, verb: 'set' })),
    plane,
  )
  const overwritten = new Map(existing.map(({ operation }, index) => [operation, second[index]?.outcome]))
  return first.map((applied) =>
    overwritten.has(applied.operation) ? { ...applied, outcome: overwritten.get(applied.operation) } : applied,
  )
}

/** A destination goes with its server; what is gone already is gone. */
const removeIpvs = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const servers = new Set(operations.flatMap(({ item }) => (item.kind === 'server' ? [serverOf(item)] : [])))
  const goesAlong = ({ item }: Operation): boolean => item.kind === 'destination' && servers.has(serverOf(item))
  const sent = operations.filter((operation) => !goesAlong(operation))
  const applied = runIpvs(sent, plane).map(({ operation, outcome }) => ({ operation, outcome: unlessGone(outcome) }))
  const ofServers = new Map(
    applied.flatMap(({ operation: { item }, outcome }) => (item.kind === 'server' ? [[serverOf(item), outcome]] : [])),
  )
  return [...applied, ...operations.filter(goesAlong).map((operation) => ({ operation, outcome: ofServers.get(serverOf(operation.item)) }))]
}

const changeRoutes = (operations: readonly Operation[], failed: ReadonlySet<ServiceKey>, plane: DataPlane): Applied[] => {
  const heldBack = ({ verb, owners }: Operation): boolean => verb !== 'remove' && owners.every((owner) => failed.has(owner))
  const sent = operations.filter((operation) => !heldBack(operation))
  const changes = sent.flatMap(({ verb, item }) =>
    item.kind === 'route' ? [{ verb: verb === 'remove' ? ('delete' as const) : ('replace' as const), route: item }] : [],
  )
  const outcomes = changes.length === 0 ? [] : outcomesOf(changes.length, () => plane.changeRoutes(changes))
  return [
    ...sent.map((operation, index) => ({
      operation,
      outcome: operation.verb === 'remove' ? unlessGone(outcomes[index]) : outcomes[index],
    })),
    ...operations.filter(heldBack).map((operation) => ({ operation, outcome: new HeldBackError('held back: its Service is incomplete') })),
  ]
}

const runIpvs = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  if (operations.length === 0) return []
  const changes = operations.map(ipvsOperation)
  const outcomes = outcomesOf(changes.length, () => plane.changeIpvs(changes))
  return operations.map((operation, index) => ({ operation, outcome: outcomes[index] }))
}

const ipvsOperation = ({ verb, item }: Operation): IpvsOperation => {
  if (item.kind === 'server') {
    const { server } = item
    return verb === 'remove' ? { verb: 'deleteServer', server } : { verb: verb === 'add' ? 'addServer' : 'setServer', server }
  }
  if (item.kind !== 'destination') throw new TypeError(`${item.kind} is no IPVS object`)
  const { server, destination } = item
  if (verb === 'remove') return { verb: 'deleteDestination', server, destination }
  return { verb: verb === 'add' ? 'addDestination' : 'setDestination', server, destination }
}

const serverOf = (item: Item): string => (item.kind === 'server' || item.kind === 'destination' ? serverText(item.server) : '')

/** ENOENT: no such destination; ESRCH: no such virtual server, or no such route. */
const unlessGone = (outcome: Outcome): Outcome => (hasCode(outcome, 'ENOENT', 'ESRCH') ? undefined : outcome)

/** When the socket itself fails nobody knows what was carried out: all count as failed, and the next audit looks. */
const outcomesOf = (count: number, action: () => readonly Outcome[]): readonly Outcome[] => {
  try {
    return action()
  } catch (error) {
    return new Array<Outcome>(count).fill(asError(error))
  }
}
