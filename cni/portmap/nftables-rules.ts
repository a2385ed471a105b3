/**
 * The chains and rules of the tables `ip cni_hostport` and `ip6 cni_hostport`, as lines for nft. The layout is the reference's: an
 * attachment's rules are known by their comment, which is the container id.
 */
import type { Family } from '#net/address.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards, Forward } from './forwards.ts'

export const NFT_TABLE = 'cni_hostport'
const NFT_FAMILY = { 4: 'ip', 6: 'ip6' } as const
/** The chains that hold rules of attachments; the second is of an old version of the reference, which kept it for upgrades. */
export const ATTACHMENT_CHAINS = ['hostports', 'hostip_hostports', 'masquerading'] as const

/** A rule that is there: where, and the kernel's number for it. */
export interface NftRule {
  readonly family: Family
  readonly chain: string
  readonly handle: number
}

export interface NftSetup {
  readonly forwards: FamilyForwards
  readonly outdated: readonly NftRule[]
}

/** The lines that make one family's mappings; `outdated` are this attachment's rules from before. */
export const setupLines = (config: PortmapConfig, { forwards: { family, container, forwards }, outdated }: NftSetup): string[] => {
  const table = `${NFT_FAMILY[family]} ${NFT_TABLE}`
  const comment = `comment "${config.containerId}"`
  const target = family === 4 ? container.address : `[${container.address}]`
  const rule = (chain: string, words: string): string => `add rule ${table} ${chain} ${words}`
  return [
    ...skeletonLines(config, family),
    ...deletionLines(outdated),
    ...forwards.map((forward) => rule('hostports', `${matchWords(forward, family)} dnat to ${target}:${forward.containerPort} ${comment}`)),
    ...masqueradeSources(config, { family, address: container.address }).map((source) =>
      rule('masquerading', `${NFT_FAMILY[family]} saddr ${source} ${NFT_FAMILY[family]} daddr ${container.address} masquerade ${comment}`),
    ),
  ]
}

export const deletionLines = (rules: readonly NftRule[]): string[] =>
  rules.map(({ family, chain, handle }) => `delete rule ${NFT_FAMILY[family]} ${NFT_TABLE} ${chain} handle ${handle}`)

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

const matchWords = ({ protocol, hostPort, hostAddress }: Forward, family: Family): string =>
  `${hostAddress === undefined ? '' : `${NFT_FAMILY[family]} daddr ${hostAddress} `}${protocol} dport ${hostPort}`

/** Hairpin: the container itself. IPv4 only: the host by 127.0.0.1, which IPv6 does not route. */
const masqueradeSources = ({ snat, masqAll }: PortmapConfig, { family, address }: { family: Family; address: string }): string[] => {
  if (!snat) return []
  if (masqAll) return [family === 4 ? '0.0.0.0/0' : '::/0']
  return family === 4 ? [address, '127.0.0.1'] : [address]
}
