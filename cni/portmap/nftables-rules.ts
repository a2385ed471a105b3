/**
 * The chains and rules of the tables `ip cni_hostport` and `ip6 cni_hostport`, as lines for nft. The layout is the reference's: an
 * attachment's rules are known by their comment, which is the container id.
 *
 * Beside them stand tables of our own, `ip selvedge_portmap` and `ip6 selvedge_portmap`: the chain `attachments` is a register of which
 * network's attachment has which address, which nothing runs through; the chain `localnet` keeps others from 127.0.0.0/8.
 */
import type { NftRule } from '#kernel/nftables-rule-messages.ts'
import type { Family } from '#net/address.ts'
import { commentHash } from '#net/hash.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards, Forward } from './forwards.ts'

export const NFT_TABLE = 'cni_hostport'
const NFT_FAMILY = { 4: 'ip', 6: 'ip6' } as const
/** The chains that hold rules of attachments; the second is of an old version of the reference, which kept it for upgrades. */
export const ATTACHMENT_CHAINS: readonly string[] = ['hostports', 'hostip_hostports', 'masquerading']

export const OWN_TABLE = 'selvedge_portmap'
export const REGISTRY_CHAIN = 'attachments'

/** Names an attachment in the register: the network, then the container, both as hashes, since a comment has room for 128 bytes. */
export const attachmentMark = (network: string, containerId: string): string => `${networkMark(network)}${commentHash(containerId)}`
/** How the marks of a network's attachments begin. */
export const networkMark = (network: string): string => `${commentHash(network)}-`

export interface NftSetup {
  readonly forwards: FamilyForwards
  readonly outdated: readonly NftRule[]
}

/** The lines that make one family's mappings; `outdated` are this attachment's rules from before. */
export const setupLines = (config: PortmapConfig, { forwards: { family, container, forwards }, outdated }: NftSetup): string[] => {
  const table = `${NFT_FAMILY[family]} ${NFT_TABLE}`
  const comment = `comment "${config.containerId}"`
  const target = family === 4 ? container.address : `[${container.address}]`
  return [
    ...skeletonLines(config, family),
    ...outdated.map((old) => `delete rule ${NFT_FAMILY[family]} ${old.table} ${old.chain} handle ${old.handle}`),
    // The newest attachment's rules stand first, so a port leads to it and not to one that has, or had, the same port before.
    ...forwards
      .map((forward) => `${matchWords(forward, family)} dnat to ${target}:${forward.containerPort} ${comment}`)
      .toReversed()
      .map((words) => `insert rule ${table} hostports ${words}`),
    ...masqueradeSources(config, { family, address: container.address }).map(
      (source) =>
        `add rule ${table} masquerading ${NFT_FAMILY[family]} saddr ${source} ${NFT_FAMILY[family]} daddr ${container.address} masquerade ${comment}`,
    ),
    ...ownTableLines(config, { family, address: container.address }),
  ]
}

/** What all attachments share. It is written anew each time, so the conditions of the last ADD are in force. */
const skeletonLines = ({ snat, conditions }: PortmapConfig, family: Family): string[] => {
  const table = `${NFT_FAMILY[family]} ${NFT_TABLE}`
  const local = [...conditions[family], 'fib daddr type local jump hostports_all'].join(' ')
  return [
    `add table ${table} { comment "CNI portmap plugin" ; }`,
    `add chain ${table} hostports`,
    `add chain ${table} hostip_hostports`,
    `add chain ${table} hostports_all`,
    `flush chain ${table} hostports_all`,
    `add rule ${table} hostports_all jump hostip_hostports`,
    `add rule ${table} hostports_all jump hostports`,
    ...['prerouting', 'output'].flatMap((hook) => [
      `add chain ${table} ${hook} { type nat hook ${hook} priority -100 ; }`,
      `flush chain ${table} ${hook}`,
      `add rule ${table} ${hook} ${local}`,
    ]),
    ...(snat ? [`add chain ${table} masquerading { type nat hook postrouting priority 100 ; }`] : []),
  ]
}

const ownTableLines = (config: PortmapConfig, { family, address }: { family: Family; address: string }): string[] => {
  const table = `${NFT_FAMILY[family]} ${OWN_TABLE}`
  const guard = [
    `add chain ${table} localnet { type filter hook prerouting priority -150 ; }`,
    `flush chain ${table} localnet`,
    `add rule ${table} localnet iifname != "lo" ip daddr 127.0.0.0/8 drop`,
  ]
  return [
    `add table ${table}`,
    `add chain ${table} ${REGISTRY_CHAIN}`,
    `add rule ${table} ${REGISTRY_CHAIN} ${NFT_FAMILY[family]} daddr ${address} comment "${attachmentMark(config.network, config.containerId)}"`,
    ...(config.snat && family === 4 ? guard : []),
  ]
}

const matchWords = ({ protocol, hostPort, hostAddress }: Forward, family: Family): string =>
  `${hostAddress === undefined ? '' : `${NFT_FAMILY[family]} daddr ${hostAddress} `}${protocol} dport ${hostPort}`

/** Hairpin: the container itself. IPv4 only: the host by 127.0.0.1, which IPv6 does not route. */
export const masqueradeSources = ({ snat, masqAll }: PortmapConfig, { family, address }: { family: Family; address: string }): string[] => {
  if (!snat) return []
  if (masqAll) return [family === 4 ? '0.0.0.0/0' : '::/0']
  return family === 4 ? [address, '127.0.0.1'] : [address]
}
