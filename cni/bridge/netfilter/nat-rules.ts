/**
 * Masquerading by iptables: rules of table nat as words of `iptables-restore` and, byte for byte, as `iptables-save` prints them. The layout
 * is the reference's:
 *
 *   POSTROUTING: from a container's address -> CNI-x: to its own subnet ACCEPT, else, unless multicast, MASQUERADE
 *
 * The chain is one container's in one network: its interfaces there share it.
 */
import type { NatRule } from '#kernel/nat-table.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import { type Cidr, formatCidr, networkOf } from '#net/cidr.ts'
import { attachmentChain } from '#net/hash.ts'
import type { AttachmentId } from './edges.ts'

type Container = Pick<AttachmentId, 'network' | 'containerId'>

export const masqueradeChain = ({ network, containerId }: Container): string => attachmentChain('', network, containerId)

/** iptables keeps no more of a comment. */
const COMMENT_BYTES = 255

/** Network names and container ids have no characters that Go would escape. */
const commentOf = ({ network, containerId }: Container): string => `name: "${network}" id: "${containerId}"`.slice(0, COMMENT_BYTES)

/** The container that a comment names, or undefined when it is no comment of these rules. */
export const containerOf = (comment: string): Container | undefined => {
  const [, network, containerId] = /^name: "([^"]+)" id: "([^"]+)"$/.exec(comment) ?? []
  return network === undefined || containerId === undefined ? undefined : { network, containerId }
}

/** The comment as a word of a rule, and as a listing has it. */
export const commentWords = (container: Container): string => {
  const quoted = commentOf(container).replaceAll('"', '\\"')
  return `-m comment --comment "${quoted}"`
}

const MULTICAST = { 4: '224.0.0.0/4', 6: 'ff00::/8' } as const

/** The rules that masquerade these addresses, all of one family. `accept` must stand before `masquerade`. */
export interface MasqueradeRules {
  readonly accept: readonly NatRule[]
  readonly masquerade: NatRule
  readonly jumps: readonly NatRule[]
}

export const masqueradeRules = (container: Container, addresses: readonly Cidr[]): MasqueradeRules => {
  const chain = masqueradeChain(container)
  const comment = commentWords(container)
  const family = familyOf(addresses[0]?.address ?? '')
  const networks = new Set(addresses.map((address) => formatCidr(networkOf(address))))
  return {
    accept: [...networks].map((network) => ({ chain, spec: `-d ${network} ${comment} -j ACCEPT` })),
    masquerade: { chain, spec: `! -d ${MULTICAST[family]} ${comment} -j MASQUERADE` },
    jumps: addresses.map(({ address }) => ({
      chain: 'POSTROUTING',
      spec: `-s ${address}/${ADDRESS_BITS[family]} ${comment} -j ${chain}`,
    })),
  }
}
