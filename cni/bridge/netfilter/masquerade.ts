/** Hides a container's addresses behind the host's: one process for each family by iptables, one in all by nftables. */
import { changeNatTable, changeNftables } from '#kernel/netfilter-change.ts'
import { type Family, familyOf } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import type { MasqueradeBackend } from './backend.ts'
import type { AttachmentId, NetfilterEdges } from './edges.ts'
import { masqueradeChain } from './nat-rules.ts'
import { setupScript } from './nat-scripts.ts'
import { attachmentMark, NFT_CHAIN, NFT_TABLE, setupLines } from './nft-rules.ts'

export interface Masquerade {
  readonly id: AttachmentId
  readonly backend: MasqueradeBackend
  /** With the length of the subnet that is reached directly. */
  readonly addresses: readonly Cidr[]
}

/** @throws IptablesError, NftError, CommandError; what was made of one family by then stays, for removeRules */
export const masquerade = (edges: NetfilterEdges, { id, backend, addresses }: Masquerade): void => {
  if (backend === 'nftables') {
    changeNftables(edges.nftables, () => setupLines({ id, addresses, outdated: outdatedHandles(edges, id) }))
    return
  }
  for (const family of [4, 6] as const) {
    const own = addresses.filter(({ address }) => familyOf(address) === family)
    if (own.length > 0) masqueradeFamily(edges, { id, family, addresses: own })
  }
}

interface FamilyMasquerade extends Pick<Masquerade, 'id' | 'addresses'> {
  readonly family: Family
}

/** A chain that is not there has no rules, and none lead to it: then nothing needs to be listed. */
const masqueradeFamily = ({ iptables }: NetfilterEdges, { id, family, addresses }: FamilyMasquerade): void => {
  const isFree = iptables.hasChain({ family, table: 'nat', chain: masqueradeChain(id) }) === false
  const supposed = isFree ? { chains: new Set<string>(), rules: [] } : undefined
  changeNatTable({ iptables, family }, { supposed, plan: (table) => setupScript({ id, addresses }, table) })
}

const outdatedHandles = ({ rules }: NetfilterEdges, id: AttachmentId): number[] =>
  rules
    .list({ family: 'inet', table: NFT_TABLE, chain: NFT_CHAIN })
    .filter(({ comment }) => comment?.startsWith(attachmentMark(id)))
    .map(({ handle }) => handle)
