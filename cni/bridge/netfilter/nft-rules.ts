/**
 * Masquerading by nftables: the table `inet cni_plugins_masquerade` as lines for nft. The layout is the reference's: a rule for each address,
 * known by the hashes that its comment begins with.
 */
import { familyOf } from '#net/address.ts'
import { type Cidr, formatCidr, networkOf } from '#net/cidr.ts'
import { commentHash } from '#net/hash.ts'
import type { AttachmentId } from './edges.ts'

export const NFT_TABLE = 'cni_plugins_masquerade'
export const NFT_CHAIN = 'masq_checks'

const TABLE = `inet ${NFT_TABLE}`

/** How the comments of a network's rules begin. */
export const networkMark = (network: string): string => `${commentHash(network)}-`

/** How the comments of an attachment's rules begin. */
export const attachmentMark = ({ network, containerId, ifname }: AttachmentId): string =>
  `${networkMark(network)}${commentHash(`${ifname}:${containerId}`)}`

/** nft takes no more. */
const COMMENT_BYTES = 128

/** The names behind the hashes are for people: what does not fit is cut off, and nft knows no quotes inside quotes. */
export const commentOf = (id: AttachmentId): string => {
  const text = `${attachmentMark(id)}, net: ${id.network}, if: ${id.ifname}, id: ${id.containerId}`.replaceAll('"', '')
  let cut = text
  while (Buffer.byteLength(cut) > COMMENT_BYTES) cut = cut.slice(0, -1)
  return cut
}

export interface NftSetup {
  readonly id: AttachmentId
  readonly addresses: readonly Cidr[]
  /** Handles of the attachment's rules of before. */
  readonly outdated: readonly number[]
}

/** The lines that masquerade these addresses. */
export const setupLines = ({ id, addresses, outdated }: NftSetup): string[] => [
  `add table ${TABLE} { comment "Masquerading for plugins from github.com/containernetworking/plugins" ; }`,
  `add chain ${TABLE} ${NFT_CHAIN} { comment "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet" ; }`,
  `add chain ${TABLE} postrouting { type nat hook postrouting priority 100 ; }`,
  `flush chain ${TABLE} postrouting`,
  `add rule ${TABLE} postrouting ip daddr == 224.0.0.0/4 return`,
  `add rule ${TABLE} postrouting ip6 daddr == ff00::/8 return`,
  `add rule ${TABLE} postrouting goto ${NFT_CHAIN}`,
  ...outdated.map((handle) => `delete rule ${TABLE} ${NFT_CHAIN} handle ${handle}`),
  ...addresses.map((address) => {
    const ip = familyOf(address.address) === 4 ? 'ip' : 'ip6'
    const match = `${ip} saddr == ${address.address} ${ip} daddr != ${formatCidr(networkOf(address))}`
    return `add rule ${TABLE} ${NFT_CHAIN} ${match} masquerade comment "${commentOf(id)}"`
  }),
]
