/**
 * Whether our tables are still as we wrote them, also when it was another run of ours. What the kernel made of a script is only known after
 * writing it; a chain without rules then keeps, in its name, a hash of both: `written-2f6c…`.
 */
import { createHash } from 'node:crypto'
import type { NftObject } from '#kernel/nftables.ts'
import { TABLE } from './sets.ts'
import { chainNames, type PresentTables } from './table.ts'

const PREFIX = 'written-'
const HASH_CHARACTERS = 32

/** Whether `present` is what the kernel made of `script`, with nothing changed since. */
export const isAsWritten = (present: PresentTables, script: string): boolean =>
  chainNames(present.inet)
    .filter((name) => name.startsWith(PREFIX))
    .join() === nameFor(present, script)

/** A script that notes that `present`, as listed right after, is what the kernel made of `script`. */
export const noteScript = (present: PresentTables, script: string): string => `add chain ${TABLE} ${nameFor(present, script)}\n`

const nameFor = (present: PresentTables, script: string): string => {
  const listing = JSON.stringify([withoutNote(present.inet), withoutNote(present.arp)].map((objects) => objects.map(lasting)))
  return PREFIX + createHash('sha256').update(script).update(listing).digest('hex').slice(0, HASH_CHARACTERS)
}

const withoutNote = (objects: readonly NftObject[]): readonly NftObject[] =>
  objects.filter((object) => !chainNames([object]).some((name) => name.startsWith(PREFIX)))

/** Without nft's version, handles, which count up with every rewrite, and the sets' elements. */
const lasting = (object: NftObject): unknown =>
  object.metainfo === undefined &&
  JSON.parse(JSON.stringify(object, (name, value: unknown) => (name === 'handle' || name === 'elem' ? undefined : value)))
