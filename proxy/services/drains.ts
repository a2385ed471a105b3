/**
 * Graceful termination, the part that waits: which destinations drain, and when each of them goes: with its last connection, or when its
 * time is up. Nothing is looked at while nothing drains.
 */
import { endpointText } from '#kernel/ipvs/server-id.ts'
import { asError } from './as-error.ts'
import type { Observer, Scheduler } from './contract.ts'
import type { DataPlane } from './data-plane.ts'
import type { Operation } from './difference.ts'
import { closedServers, isWithoutWeight } from './drain.ts'
import { type DestinationItem, type ItemKey, itemKey, serverKey } from './item.ts'
import type { Ledger } from './ledger.ts'

export interface Drains {
  has(key: ItemKey): boolean
  /** These have weight 0 and drain from now on. */
  begin(items: readonly DestinationItem[]): void
  /** Takes note of what the kernel acknowledged, after the ledger did: who begins to drain, who is wanted again, who is gone. */
  follow(acknowledged: readonly Operation[]): void
  stop(): void
}

export interface DrainParts {
  readonly ledger: Ledger
  readonly plane: Pick<DataPlane, 'countConnections'>
  readonly scheduler: Scheduler
  readonly observer: Pick<Observer, 'draining' | 'failed'>
  /** Milliseconds that a destination may drain. */
  readonly period: number
  /** Removes destinations whose draining is over; what the kernel refuses drains on. */
  readonly remove: (items: readonly DestinationItem[]) => void
}

/** Milliseconds between two looks at the connections of what drains. */
const LOOK = 2_000
/** Servers looked at before others get a turn: some 10 ms. */
const CHUNK = 200

/** Destinations that began to drain together: their time is up together, whatever the clock is set to. */
interface Term {
  isUp: boolean
}

interface Draining {
  readonly item: DestinationItem
  readonly term: Term
}

export const createDrains = (parts: DrainParts): Drains => {
  const { ledger, scheduler, observer } = parts
  const draining = new Map<ItemKey, Draining>()
  const cancels = new Set<() => void>()
  let looking = false
  let told = 0

  const begin = (items: readonly DestinationItem[]): void => {
    if (items.length === 0) return
    const term: Term = { isUp: false }
    for (const item of items) {
      disown(itemKey(item))
      draining.set(itemKey(item), { item, term })
    }
    after(parts.period, () => {
      term.isUp = true
      look([...serversOf(draining).values()].filter((server) => server.some((one) => one.term === term)))
    })
    tell()
    lookLater()
  }

  const tell = (): void => {
    if (told !== draining.size) observer.draining(draining.size)
    told = draining.size
  }

  const disown = (key: ItemKey): void => {
    for (const owner of ledger.entry(key)?.owners ?? []) ledger.release(key, owner)
  }

  const follow = (acknowledged: readonly Operation[]): void => {
    if (draining.size > 0) forget(acknowledged)
    const softened: DestinationItem[] = []
    for (const { verb, item } of acknowledged) if (verb === 'set' && isWithoutWeight(item)) softened.push(item)
    begin(softened)
    tell()
  }

  /** Whatever was changed does not drain any more, nor what went with its server. */
  const forget = (acknowledged: readonly Operation[]): void => {
    for (const { item } of acknowledged) draining.delete(itemKey(item))
    const closed = closedServers(acknowledged)
    for (const [key, { item }] of closed.size > 0 ? draining : []) {
      if (!closed.has(serverKey(item.server))) continue
      ledger.drop(key)
      draining.delete(key)
    }
  }

  const lookLater = (): void => {
    if (looking || draining.size === 0) return
    looking = true
    after(LOOK, () => {
      looking = false
      look([...serversOf(draining).values()])
    })
  }

  const look = (servers: readonly (readonly Draining[])[]): void => {
    const over = servers.slice(0, CHUNK).flatMap(finished)
    if (over.length > 0) parts.remove(over)
    if (servers.length > CHUNK) after(0, () => look(servers.slice(CHUNK)))
    else lookLater()
  }

  /** Of one server's: those whose time is up, and those without connections. A server that cannot be read is asked again. */
  const finished = (ofServer: readonly Draining[]): DestinationItem[] => {
    // While others had their turn some may have gone or come back.
    for (const { item } of ofServer) if (isWanted(itemKey(item))) draining.delete(itemKey(item))
    tell()
    const current = ofServer.filter(({ item, term }) => draining.get(itemKey(item))?.term === term)
    const counts = current.every(({ term }) => term.isUp) ? undefined : connectionsOf(current)
    return current.flatMap(({ item, term }) => (term.isUp || counts?.(item) === 0 ? [item] : []))
  }

  /** Whether a Service has it again: when the acknowledgement was lost, only the ledger tells. */
  const isWanted = (key: ItemKey): boolean => (ledger.entry(key)?.owners.length ?? 0) > 0

  /** undefined when the kernel did not say. */
  const connectionsOf = ([first]: readonly Draining[]): ((item: DestinationItem) => number) | undefined => {
    if (first === undefined) return undefined
    try {
      const counts = parts.plane.countConnections(first.item.server)
      return ({ destination }) => counts.get(endpointText(destination)) ?? 0
    } catch (error) {
      observer.failed('draining', asError(error))
      return undefined
    }
  }

  const after = (milliseconds: number, action: () => void): void => {
    const cancel = scheduler.after(milliseconds, () => {
      cancels.delete(cancel)
      action()
    })
    cancels.add(cancel)
  }

  return {
    has: (key) => draining.has(key),
    begin,
    follow,
    stop: () => {
      for (const cancel of cancels) cancel()
      cancels.clear()
    },
  }
}

const serversOf = (draining: ReadonlyMap<ItemKey, Draining>): ReadonlyMap<ItemKey, readonly Draining[]> =>
  Map.groupBy(draining.values(), ({ item }) => serverKey(item.server))
