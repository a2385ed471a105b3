/** A lease folder in memory, for unit tests. */
import type { LeaseFolder } from './leases.ts'

export interface FakeLeaseFolder extends LeaseFolder {
  readonly files: Map<string, string>
  /** Operations that fail: `write last_reserved_ip.0`, `read 10.0.0.2`, … */
  readonly failing: Set<string>
}

export const fakeLeaseFolder = (initial: Readonly<Record<string, string>> = {}): FakeLeaseFolder => {
  const files = new Map(Object.entries(initial))
  const failing = new Set<string>()
  let locked = false
  const held = <T>(operation: string, action: () => T): T => {
    if (!locked) throw new Error(`${operation} without the lock`)
    if (failing.has(operation)) throw new Error(`${operation}: input/output error`)
    return action()
  }
  return {
    files,
    failing,
    locked: (action) => {
      if (locked) throw new Error('locked twice')
      locked = true
      try {
        return action()
      } finally {
        locked = false
      }
    },
    names: () => held('names', () => [...files.keys()]),
    read: (name) => held(`read ${name}`, () => files.get(name)),
    create: (name, content) => held(`create ${name}`, () => !files.has(name) && files.set(name, content) !== undefined),
    write: (name, content) => held(`write ${name}`, () => void files.set(name, content)),
    remove: (name) => held(`remove ${name}`, () => void files.delete(name)),
  }
}
