/**
 * The rules of table nat, as words of `iptables-restore` and, byte for byte, as `iptables-save` prints the shared ones. The layout is the
 * reference's, so that it and this plugin find each other's rules:
 *
 *   PREROUTING, OUTPUT: to a local address -> CNI-HOSTPORT-DNAT -> CNI-DN-x of each attachment -> mark, DNAT
 *   POSTROUTING -> CNI-HOSTPORT-MASQ: masquerade what is marked
 *
 * and ours, in table mangle: PREROUTING -> CNI-HOSTPORT-LOCALNET: drop what came from a wire to 127.0.0.0/8, as the kernel does by itself
 * until route_localnet is set.
 */

import type { NatRule } from '#kernel/nat-table.ts'
import { type Family, familyOf } from '#net/address.ts'
import { type Cidr, formatCidr } from '#net/cidr.ts'
import { attachmentChain } from '#net/hash.ts'
import type { PortMapping, PortmapConfig } from './config.ts'
import type { FamilyForwards, Forward } from './forwards.ts'

export const DNAT_CHAIN = 'CNI-HOSTPORT-DNAT'
/** The chain that keeps others from 127.0.0.0/8. Not in table raw, which kernels lack more often; kubelet has chains in mangle, too. */
export const GUARD_CHAIN = 'CNI-HOSTPORT-LOCALNET'
const MARK_CHAIN = 'CNI-HOSTPORT-SETMARK'
const MASQUERADE_CHAIN = 'CNI-HOSTPORT-MASQ'
/** Where versions of the reference before 0.7 had their attachments' source translation. */
export const OLD_SNAT_CHAIN = 'CNI-HOSTPORT-SNAT'

/** A chain that all attachments use, with the rules in it and those that lead to it. They are made once and stay. */
export interface SharedChain {
  readonly name: string
  readonly rules: readonly (NatRule & { readonly first?: true })[]
}

/** The chains an attachment is reached through, in the order in which they are made. */
export const sharedChains = ({ snat, externalSetMarkChain, markMasqBit }: PortmapConfig): SharedChain[] => {
  const mark = `0x${(2 ** markMasqBit).toString(16)}`
  const marking: SharedChain[] = [
    {
      name: MARK_CHAIN,
      rules: [{ chain: MARK_CHAIN, spec: `-m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark ${mark}/${mark}` }],
    },
    {
      name: MASQUERADE_CHAIN,
      rules: [
        { chain: MASQUERADE_CHAIN, spec: `-m mark --mark ${mark}/${mark} -j MASQUERADE` },
        { chain: 'POSTROUTING', spec: `-m comment --comment "CNI portfwd requiring masquerade" -j ${MASQUERADE_CHAIN}`, first: true },
      ],
    },
  ]
  const spec = `-m addrtype --dst-type LOCAL -j ${DNAT_CHAIN}`
  const translating: SharedChain = { name: DNAT_CHAIN, rules: ['PREROUTING', 'OUTPUT'].map((chain) => ({ chain, spec })) }
  return snat && externalSetMarkChain === undefined ? [...marking, translating] : [translating]
}

/** What route_localnet needs: packets from other devices than lo to the loopback network end here, before any address is translated. */
export const GUARD: SharedChain = {
  name: GUARD_CHAIN,
  rules: [
    { chain: GUARD_CHAIN, spec: '-d 127.0.0.0/8 ! -i lo -j DROP' },
    { chain: 'PREROUTING', spec: `-j ${GUARD_CHAIN}` },
  ],
}

/** Whether an attachment has the kernel route 127.0.0.0/8, and thus needs the guard. */
export const isGuarded = ({ snat }: Pick<PortmapConfig, 'snat'>, family: Family): boolean => snat && family === 4

/** The names of an attachment's own chain, and of the one it had in old versions of the reference. */
export const ownChain = ({ network, containerId }: PortmapConfig): string => attachmentChain('DN-', network, containerId)
export const oldSnatChain = ({ network, containerId }: PortmapConfig): string => attachmentChain('SN-', network, containerId)

/** multiport takes 15 ports. */
const PORTS_PER_RULE = 15

/** How the comments of a network's entries begin. Names contain no quotes. */
export const entryCommentStart = (network: string): string => `dnat name: "${network}" id: "`

/** How the comments of a container's entries end, whatever the network. */
export const entryCommentEnd = (containerId: string): string => ` id: "${containerId}"`

/** The rules that lead to the attachment's own chain: a few ports each, of all mappings whatever their host address. */
export const entryRules = (config: PortmapConfig, family: Family): NatRule[] => {
  const comment = `-m comment --comment ${quoted(cut(commentOf(config), '..'))}`
  const conditions = config.conditions[family].map((token) => ` ${quoted(token)}`).join('')
  const specs = portGroups(config.mappings).map(
    ({ protocol, ports }) => `-p ${protocol} ${comment} -m multiport --dports ${ports.join(',')}${conditions} -j ${ownChain(config)}`,
  )
  return [...new Set(specs)].map((spec) => ({ chain: DNAT_CHAIN, spec }))
}

/** The same rules in the words of the reference, for messages. */
export const entryWords = (config: PortmapConfig, family: Family): string[] =>
  portGroups(config.mappings).map(({ protocol, ports }) =>
    [
      `-m comment --comment ${cut(commentOf(config), '...')} -m multiport -p ${protocol} --destination-ports ${ports.join(',')}`,
      ...config.conditions[family],
    ].join(' '),
  )

const commentOf = ({ network, containerId }: PortmapConfig): string => `${entryCommentStart(network)}${containerId}"`

/** 255 bytes fit; the reference cuts what is longer to 253 and three dots, of which iptables keeps two. */
const cut = (comment: string, dots: string): string => (comment.length > 255 ? `${comment.slice(0, 253)}${dots}` : comment)

const portGroups = (mappings: readonly PortMapping[]): { protocol: string; ports: readonly number[] }[] => {
  const protocols = [...new Set(mappings.map(({ protocol }) => protocol))].sort()
  return protocols.flatMap((protocol) => {
    const ports = mappings.filter((mapping) => mapping.protocol === protocol).map(({ hostPort }) => hostPort)
    const groups = []
    for (let start = 0; start < ports.length; start += PORTS_PER_RULE)
      groups.push({ protocol, ports: ports.slice(start, start + PORTS_PER_RULE) })
    return groups
  })
}

/** The rules of the attachment's own chain: per mapping, mark what must be masqueraded, and translate. */
export const ownRules = (config: PortmapConfig, { family, container, forwards }: FamilyForwards): NatRule[] => {
  const sources = markedSources(config, container)
  const target = config.externalSetMarkChain ?? MARK_CHAIN
  const specs = forwards.flatMap((forward) => {
    const match = matchOf(forward)
    const destination = family === 4 ? container.address : `[${container.address}]`
    return [
      ...sources.map((source) => `${match} -s ${source} -j ${target}`),
      `${match} -j DNAT --to-destination ${destination}:${forward.containerPort}`,
    ]
  })
  return [...new Set(specs)].map((spec) => ({ chain: ownChain(config), spec }))
}

/** Hairpin: the container's whole subnet. IPv4 only: the host itself by 127.0.0.1, which IPv6 does not route. */
const markedSources = ({ snat, masqAll }: PortmapConfig, container: Cidr): string[] => {
  if (!snat) return []
  const isIpv4 = familyOf(container.address) === 4
  if (masqAll) return [isIpv4 ? '0.0.0.0/0' : '::/0']
  return isIpv4 ? [formatCidr(container), '127.0.0.1'] : [formatCidr(container)]
}

const matchOf = ({ protocol, hostPort, hostAddress }: Forward): string =>
  `-p ${protocol} --dport ${hostPort}${hostAddress === undefined ? '' : ` -d ${hostAddress}`}`

/** One word of iptables-restore's line syntax; the caller has refused control characters. */
const quoted = (token: string): string =>
  /^[A-Za-z0-9_.:/,+=@%!-]+$/.test(token) ? token : `"${token.replace(/["\\]/g, (character) => `\\${character}`)}"`
