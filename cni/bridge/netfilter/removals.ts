/** Which rules and chains of nf_tables are an attachment's: found by name and comment, whoever made them and whatever the config says now. */

import type { TableFamily } from '#kernel/nftables-presence.ts'
import type { NftRemoval } from '#kernel/nftables-rule-messages.ts'
import { addressBytes, type Family, type IpAddress } from '#net/address.ts'
import type { AttachmentId, NetfilterEdges } from './edges.ts'
import { masqueradeChain } from './nat-rules.ts'
import { attachmentMark, NFT_CHAIN, NFT_TABLE } from './nft-rules.ts'
import { SOURCE_CHAIN, SOURCE_TABLE, sourceChains, sourceComment } from './source-check.ts'

/** An attachment whose rules are to go. */
export interface Departure {
  readonly id: AttachmentId
  /** Addresses of the container's other interfaces in the same network: their iptables rules lead to the same chain. */
  readonly kept: readonly IpAddress[]
}

/** Rules by nftables, and where iptables is built on nf_tables, those by iptables. @throws KernelError */
export const masqueradeRemovals = (edges: NetfilterEdges, { id, kept }: Departure): NftRemoval[] => [
  ...rulesOf(edges, { family: 'inet', table: NFT_TABLE, chain: NFT_CHAIN }, (comment) => comment.startsWith(attachmentMark(id))),
  ...([4, 6] as const).flatMap((family) => natRemovals(edges, { family, chain: masqueradeChain(id), kept })),
]

/** The chains may be there without a rule that leads to them: the reference makes them first. @throws KernelError */
export const sourceRemovals = (edges: NetfilterEdges, id: AttachmentId): NftRemoval[] => {
  if (!edges.presence.hasTable(SOURCE_TABLE)) return []
  return [
    ...rulesOf(edges, { ...SOURCE_TABLE, chain: SOURCE_CHAIN }, (comment) => comment === sourceComment(id)),
    ...sourceChains(id)
      .map((chain) => ({ ...SOURCE_TABLE, chain }))
      .filter((chain) => edges.presence.hasChain(chain))
      .map((chain) => ({ chain })),
  ]
}

interface ChainOf {
  readonly family: TableFamily
  readonly table: string
  readonly chain: string
}

const rulesOf = ({ rules }: NetfilterEdges, chain: ChainOf, isOurs: (comment: string) => boolean): NftRemoval[] =>
  rules
    .list(chain)
    .filter(({ comment }) => comment !== undefined && isOurs(comment))
    .map((rule) => ({ rule }))

interface NatChain extends Pick<Departure, 'kept'> {
  readonly family: Family
  readonly chain: string
}

/** A chain of table nat and the rules that lead to it; as long as one of these stays, the chain does. */
export const natRemovals = ({ presence, rules }: NetfilterEdges, { family, chain, kept }: NatChain): NftRemoval[] => {
  const id = { family, table: 'nat', chain }
  if (!presence.hasChain(id)) return []
  const leading = rules.list({ family, table: 'nat', chain: 'POSTROUTING' }).filter(({ jump }) => jump === chain)
  const keptBytes = kept.map(addressBytes)
  const gone = leading.filter(({ values }) => !values.some((value) => keptBytes.some((address) => value.equals(address))))
  return [...gone.map((rule) => ({ rule })), ...(gone.length === leading.length ? [{ chain: id }] : [])]
}
