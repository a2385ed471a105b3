/** A lease folder in memory, for unit tests. */
import { parseAddress } from '#net/address.ts'
import type { LeaseFolder } from './leases.ts'

export interface FakeLeaseFolder extends LeaseFolder {
  readonly files: Map<string, string>
  /** Operations that fail: `write last_reserved_ip.0`, `read 10.0.0.2`, … */
  readonly failing: Set<string>
  /** Files written before the last boot. */
  readonly old: Set<string>
}

export const fakeLeaseFolder = (initial: Readonly<Record<string, string>> = {}): FakeLeaseFolder => {
  const files = new Map(Object.entries(initial))
  const failing = new Set<string>()
  const old = new Set<string>()
  let locked = false
  const held = <T>(operation: string, action: () => T): T => {
    if (!locked) throw new Error(`${operation} without the lock`)
    if (failing.has(operation)) throw new Error(`${operation}: input/output error`)
    return action()
  }
  const leases = () =>
    held('leases', () =>
      [...files.keys()]
        .filter((name) => parseAddress(name) === name && !failing.has(`read ${name}`))
        .toSorted()
        .map((address) => ({ address, text: (files.get(address) ?? '').trim() })),
    )
  return {
    files,
    failing,
    old,
    exists: () => files.size > 0,
    locked: (action) => {
      if (locked) throw new Error('locked twice')
      if (failing.has('lock')) throw new Error('lock: input/output error')
      locked = true
      try {
        return action()
      } finally {
        locked = false
      }
    },
    refuseReadOnly: () => {
      if (failing.has('lock')) throw new Error('lock: read-only file system')
    },
    names: () => held('names', () => [...files.keys()]),
    has: (name) => held(`has ${name}`, () => files.has(name)),
    leases,
    find: (texts) => leases().filter(({ text }) => texts.includes(text)),
    read: (name) => held(`read ${name}`, () => files.get(name)),
    isOfEarlierBoot: (name) => held(`age of ${name}`, () => old.has(name)),
    create: (name, content) => held(`create ${name}`, () => !files.has(name) && files.set(name, content) !== undefined),
    write: (name, content) => held(`write ${name}`, () => void files.set(name, content)),
    remove: (name) => held(`remove ${name}`, () => void files.delete(name)),
  }
}
