/**
 * What a round is about: the Services it looks at ask for their items, whoever holds what they ask for is looked at with them, and the
 * difference to what the kernel acknowledged is the plan. Tells the notices that are new.
 */
import { asError } from './as-error.ts'
import { type Compiler, createCompiler } from './compiler.ts'
import type { ControllerParts } from './contract.ts'
import { difference, type Plan, strayRemovals } from './difference.ts'
import type { ItemKey, ItemMap } from './item.ts'
import type { Ledger } from './ledger.ts'
import { createMarks, heldMarks, marksOf } from './marks.ts'
import { createNoticeBoard } from './notice-board.ts'
import type { Schedulers } from './schedulers.ts'
import type { ServiceKey } from './types.ts'

export interface Asks extends Pick<Compiler, 'changed' | 'look'> {
  /** What was read from the kernel: marks that it holds stay with their Services. */
  adopt(observed: ItemMap): void
  plan(keys: readonly ServiceKey[]): Asked
  /** Keys of all that these Services ask for, without telling anybody; undefined when that cannot be told of one of them. */
  awaited(keys: Iterable<ServiceKey>): ReadonlySet<ItemKey> | undefined
  /** A plan for these Services was carried out: what they let go is free for others. */
  settled(keys: Iterable<ServiceKey>): void
}

export interface Asked {
  readonly plan: Plan
  /** Every Service that was looked at, the holders among them. */
  readonly services: readonly ServiceKey[]
  /** Services that cannot be compiled, which keep what they have, or wait for what one of those holds. */
  readonly failures: ReadonlyMap<ServiceKey, Error>
}

export interface AsksParts extends Pick<ControllerParts, 'cluster' | 'observer' | 'addressRules' | 'spares'> {
  readonly schedulers: Pick<Schedulers, 'usable'>
}

export const createAsks = ({ cluster, observer, addressRules, spares, schedulers }: AsksParts, ledger: Ledger): Asks => {
  const marks = createMarks()
  const compiler = createCompiler({
    cluster,
    marks,
    usable: schedulers.usable,
    ...(addressRules === undefined ? {} : { rules: addressRules }),
  })
  const board = createNoticeBoard(observer.noticed, observer.withdrawn)

  const plan = (keys: readonly ServiceKey[]): Asked => {
    const wanted = new Map<ServiceKey, ItemMap>()
    const failures = new Map<ServiceKey, Error>()
    const ask = (key: ServiceKey): void => {
      try {
        const { service, items, notices } = compiler.compile(key)
        wanted.set(key, items)
        board.post(key, service, notices)
      } catch (error) {
        failures.set(key, asError(error))
      }
    }
    const isNew = (key: ServiceKey): boolean => !wanted.has(key) && !failures.has(key)
    const askAll = (asking: readonly ServiceKey[]): Plan => {
      for (const key of asking) ask(key)
      const result = difference(wanted, ledger)
      // Whoever holds what another one asks for has lost it, or is gone: both change hands in one step.
      const holders = [...new Set(result.contests.map(({ holder }) => holder))].filter(isNew)
      return holders.length === 0 ? result : askAll(holders)
    }
    const result = askAll(keys)
    for (const { key, service, holder } of result.contests)
      if (!failures.has(service)) failures.set(service, new Error(`${key} is still held by ${holder}`))
    const strays = strayRemovals(wanted, result, ledger).filter(({ item }) => !spares(item))
    return { plan: { ...result, operations: [...result.operations, ...strays] }, services: [...wanted.keys()], failures }
  }

  const awaited = (keys: Iterable<ServiceKey>): ReadonlySet<ItemKey> | undefined => {
    try {
      return new Set([...keys].flatMap((key) => [...compiler.compile(key).items.keys()]))
    } catch {
      // Its failure is known from its own round.
      return undefined
    }
  }

  /** Also what could not be removed keeps its mark. */
  const settled = (keys: Iterable<ServiceKey>): void => {
    for (const key of keys) {
      if (marks.has(key)) marks.keep(key, marksOf([...ledger.ownedBy(key)].flatMap((owned) => ledger.entry(owned)?.item ?? [])))
    }
  }

  return {
    look: compiler.look,
    changed: compiler.changed,
    adopt: (observed) => marks.observe(heldMarks(observed.values())),
    plan,
    awaited,
    settled,
  }
}
