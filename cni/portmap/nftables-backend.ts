/** Host ports by nftables: one process for a change of both families, and one to list each table that is there. */
import { changeNftables } from '#kernel/netfilter-change.ts'
import type { Nftables, NftObject } from '#kernel/nftables.ts'
import type { NftPresence } from '#kernel/nftables-presence.ts'
import type { Family } from '#net/address.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards } from './forwards.ts'
import { ATTACHMENT_CHAINS, deletionLines, NFT_TABLE, type NftRule, setupLines } from './nftables-rules.ts'

/** One attachment's part of the tables. */
export interface NftPart {
  readonly nftables: Nftables
  readonly presence: NftPresence
  readonly config: PortmapConfig
}

/** Makes the mappings of all families, replacing this attachment's own of before. @throws NftError, CommandError; then nothing was changed */
export const setUpNftables = (part: NftPart, families: readonly FamilyForwards[]): void =>
  changeNftables(part.nftables, () =>
    families.flatMap((forwards) => setupLines(part.config, { forwards, outdated: outdatedRules(part, forwards) })),
  )

/** Removes all rules of this container, of whatever network: their comment tells no more. @throws NftError, CommandError */
export const tearDownNftables = (part: NftPart): void =>
  changeNftables(part.nftables, () => deletionLines(([4, 6] as const).flatMap((family) => containerRules(part, family))))

interface ListedRule extends NftRule {
  /** The addresses and whatever else its expressions contain, as JSON. */
  readonly text: string
}

/** The container's other networks have other addresses: their rules stay. */
const outdatedRules = (part: NftPart, { family, container }: FamilyForwards): NftRule[] =>
  containerRules(part, family).filter(({ text }) => text.includes(`"${container.address}"`))

const containerRules = ({ nftables, presence, config }: NftPart, family: Family): ListedRule[] => {
  if (!presence.hasTable({ family, table: NFT_TABLE })) return []
  const objects = nftables.listTable(family === 4 ? 'ip' : 'ip6', NFT_TABLE) ?? []
  return objects.flatMap((object) => ruleOf(object, { family, containerId: config.containerId }) ?? [])
}

const ruleOf = ({ rule }: NftObject, { family, containerId }: { family: Family; containerId: string }): ListedRule | undefined => {
  if (typeof rule !== 'object' || rule === null) return undefined
  const { chain, handle, comment, expr } = rule as Readonly<Record<string, unknown>>
  const known = ATTACHMENT_CHAINS.find((name) => name === chain)
  if (known === undefined || comment !== containerId || typeof handle !== 'number') return undefined
  return { family, chain: known, handle, text: JSON.stringify(expr) }
}
