/**
 * Graceful termination, the part that decides. A destination that no Service wants any more gets weight 0 at once: no new connection
 * goes there, those that it has go on. It drains as long as it is in the ledger with weight 0 and without an owner; no Service ever asks
 * for weight 0, so one found in the kernel is draining too, whoever began it.
 */
import { hasCode } from '#kernel/errno.ts'
import { isMarkServer } from '#kernel/ipvs/server-id.ts'
import type { ServerSettings } from '#kernel/ipvs/types.ts'
import type { Applied } from './apply.ts'
import type { Operation } from './difference.ts'
import { type DestinationItem, type Item, type ItemKey, itemKey, serverKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

/** What is carried out in place of a plan's operations. */
export interface Softened {
  readonly operations: readonly Operation[]
  /** Destinations that are to be removed, have weight 0 already, and drain from now on. */
  readonly adopted: readonly DestinationItem[]
}

/** Removals of destinations that may drain become changes to weight 0; of those that drain already nothing is left. Pure. */
export const soften = (operations: readonly Operation[], asked: { ledger: Ledger; drains: (key: ItemKey) => boolean }): Softened => {
  const [closing, seen] = [closedServers(operations), new Map<ItemKey, boolean | undefined>()]
  const softened: Operation[] = []
  const adopted: DestinationItem[] = []
  for (const operation of operations) {
    const item = drainable(operation, { closing, seen, ledger: asked.ledger })
    if (item === undefined) softened.push(operation)
    else if (item.destination.weight > 0) softened.push({ ...operation, verb: 'set', item: withoutWeight(item) })
    else if (!asked.drains(itemKey(item)) || isOwned(itemKey(item), asked.ledger)) adopted.push(item)
  }
  return { operations: softened, adopted }
}

/** It had come back, and goes again before the kernel acknowledged that. */
const isOwned = (key: ItemKey, ledger: Ledger): boolean => (ledger.entry(key)?.owners.length ?? 0) > 0

/** A destination that is gone before it could be given weight 0 was removed, which is all that was wanted. */
export const goneInstead = (change: Applied): Applied =>
  change.operation.verb === 'set' && isWithoutWeight(change.operation.item) && hasCode(change.outcome, 'ENOENT', 'ESRCH')
    ? { operation: { ...change.operation, verb: 'remove' }, outcome: undefined }
    : change

export const isWithoutWeight = (item: Item): item is DestinationItem => item.kind === 'destination' && item.destination.weight === 0

interface Circumstances {
  readonly closing: ReadonlySet<ItemKey>
  /** Whether servers by mark are about UDP, of those that were asked about: a Service has few of them, and may have very many addresses. */
  readonly seen: Map<ItemKey, boolean | undefined>
  readonly ledger: Ledger
}

/** The destination that an operation would remove, if it may drain. Those of a server that closes go with it. */
const drainable = ({ verb, item, owners }: Operation, circumstances: Circumstances): DestinationItem | undefined => {
  if (verb !== 'remove' || item.kind !== 'destination') return undefined
  const { closing, ledger } = circumstances
  const key = serverKey(item.server)
  const entry = ledger.entry(key)
  if (closing.has(key) || entry?.item.kind !== 'server' || !passesOver(entry.item.server)) return undefined
  return isConnectionOriented(item, [...owners, ...entry.owners], circumstances) ? item : undefined
}

const FALLBACK = 0x8

/** Whether a server gives new connections to others while one destination has weight 0. dh, and sh and mh without fallback, refuse those that they hash to it. */
const passesOver = ({ scheduler, schedulerFlags }: ServerSettings): boolean => {
  if (scheduler === 'sh' || scheduler === 'mh') return (schedulerFlags & FALLBACK) !== 0
  return scheduler !== 'dh'
}

/** A UDP flow has no end: it would stay with an endpoint that is gone for as long as its client talks. */
const isConnectionOriented = (
  { server, destination }: DestinationItem,
  owners: readonly ServiceKey[],
  { seen, ledger }: Circumstances,
): boolean => {
  if (!isMarkServer(server)) return server.protocol !== 'udp'
  const key = serverKey(server)
  if (!seen.has(key)) seen.set(key, isUdpMark(server.fwmark, owners, ledger))
  // Nothing is marked any more when its last endpoint is ending; weight 0 then says that it is no UDP port's.
  const isUdp = seen.get(key)
  return isUdp === undefined ? destination.weight === 0 : !isUdp
}

/** undefined: nothing is marked with it. */
const isUdpMark = (fwmark: number, owners: readonly ServiceKey[], ledger: Ledger): boolean | undefined => {
  const items = owners.flatMap((owner) => [...ledger.ownedBy(owner)]).map((key) => ledger.entry(key)?.item)
  const marked = items.flatMap((item) => (item?.kind === 'mark' && item.mark === fwmark ? [item.element] : []))
  return marked.length === 0 ? undefined : marked.some((element) => element.includes(' . udp . '))
}

const withoutWeight = ({ kind, server, destination }: DestinationItem): DestinationItem => ({
  kind,
  server,
  destination: { ...destination, weight: 0 },
})

/** The operations that end the draining of destinations. */
export const drainRemovals = (items: readonly DestinationItem[]): Operation[] => items.map((item) => ({ verb: 'remove', item, owners: [] }))

/** Keys of the servers that operations remove. */
export const closedServers = (operations: readonly Operation[]): ReadonlySet<ItemKey> =>
  new Set(operations.flatMap(({ verb, item }) => (verb === 'remove' && item.kind === 'server' ? [itemKey(item)] : [])))
