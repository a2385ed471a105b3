/**
 * Whether our tables are still as we wrote them, also when it was another run of ours. What the kernel made of a script is only known after
 * writing it; a chain without rules then keeps, in its name, a hash of both: `written-2f6c…`.
 */
import { createHash } from 'node:crypto'
import type { NftPart } from '#kernel/nftables-shape.ts'

/** What our tables are made of; nothing, where there are none. */
export interface TableShapes {
  readonly inet: readonly NftPart[]
  readonly arp: readonly NftPart[]
}

const PREFIX = 'written-'
const HASH_CHARACTERS = 32

/** Whether `found` is what the kernel made of `script`, with nothing changed since. */
export const isAsWritten = (found: TableShapes, script: string): boolean =>
  found.inet
    .filter(isNote)
    .map(({ chain }) => chain)
    .join() === noteOf(found, script)

/** The chain that notes that `found`, as read right after, is what the kernel made of `script`. */
export const noteOf = (found: TableShapes, script: string): string => {
  const hash = createHash('sha256').update(script)
  for (const parts of [found.inet, found.arp]) hash.update(JSON.stringify(parts.filter((part) => !isNote(part)).map(({ text }) => text)))
  return PREFIX + hash.digest('hex').slice(0, HASH_CHARACTERS)
}

const isNote = ({ chain }: NftPart): boolean => chain?.startsWith(PREFIX) === true
