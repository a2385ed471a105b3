/** The virtual servers and destinations of a plan. */
import { hasCode } from '#kernel/errno.ts'
import { isMarkServer, serverText } from '#kernel/ipvs/server-id.ts'
import type { IpvsOperation } from '#kernel/ipvs/types.ts'
import type { Applied } from './apply.ts'
import type { DataPlane } from './data-plane.ts'
import type { Operation } from './difference.ts'
import type { Item } from './item.ts'
import { HeldBackError, outcomesOf, refusedIn, unlessGone } from './outcomes.ts'

/** Adds and changes; a new virtual server, with its destinations, waits while its address and port are `unguarded`. */
export const changeIpvs = (
  operations: readonly Operation[],
  { plane, unguarded }: { readonly plane: DataPlane; readonly unguarded: ReadonlySet<string> },
): Applied[] => {
  const waiting = new Set(
    unguarded.size === 0
      ? []
      : operations.flatMap(({ verb, item }) => (verb === 'add' && isUnguarded(item, unguarded) ? [serverOf(item)] : [])),
  )
  if (waiting.size === 0) return makeIpvs(operations, plane)
  const waits = ({ item }: Operation): boolean => waiting.has(serverOf(item))
  return [
    ...makeIpvs(
      operations.filter((operation) => !waits(operation)),
      plane,
    ),
    ...operations.filter(waits).map((operation) => ({ operation, outcome: new HeldBackError('held back: its sets are incomplete') })),
  ]
}

const isUnguarded = (item: Item, unguarded: ReadonlySet<string>): boolean =>
  item.kind === 'server' &&
  !isMarkServer(item.server) &&
  unguarded.has(`${item.server.address} . ${item.server.protocol} . ${item.server.port}`)

/** An object that exists although we did not know is made what it should be: the kernel's state is what counts. */
const makeIpvs = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const first = runIpvs(operations, plane)
  const existing = refusedIn(first).filter(({ operation, outcome }) => operation.verb === 'add' && hasCode(outcome, 'EEXIST'))
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
export const removeIpvs = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const servers = new Set(operations.flatMap(({ item }) => (item.kind === 'server' ? [serverOf(item)] : [])))
  const goesAlong = ({ item }: Operation): boolean => item.kind === 'destination' && servers.has(serverOf(item))
  const sent = operations.filter((operation) => !goesAlong(operation))
  const applied = runIpvs(sent, plane).map(({ operation, outcome }) => ({ operation, outcome: unlessGone(outcome) }))
  const ofServers = new Map(
    applied.flatMap(({ operation: { item }, outcome }) => (item.kind === 'server' ? [[serverOf(item), outcome]] : [])),
  )
  return [...applied, ...operations.filter(goesAlong).map((operation) => ({ operation, outcome: ofServers.get(serverOf(operation.item)) }))]
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
