/**
 * Base chains of nf_tables: those that hang in a hook of the kernel and so see packets. iptables-nft's INPUT and FORWARD are such chains too.
 *
 *   GETCHAIN (dump) -> NEWCHAIN: TABLE, NAME, HOOK { HOOKNUM be32, PRIORITY be32 }, POLICY be32, TYPE; only base chains have HOOK
 *
 * @see include/uapi/linux/netfilter/nf_tables.h, include/uapi/linux/netfilter.h
 */
import { hasCode } from './errno.ts'
import type { Namespace } from './namespace.ts'
import { type AttributeTable, decodeAttributes } from './netlink/attributes.ts'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'
import { askNetfilter, NFNETLINK_HEADER_BYTES, NFPROTO, nfnetlinkHeader } from './netlink/nfnetlink.ts'
import type { NftChainId, TableFamily } from './nftables-presence.ts'
import { NFT_MSG_GETCHAIN, NFT_MSG_NEWCHAIN, nftMessage } from './nftables-wire.ts'

export type NftHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'

export interface NftBaseChain extends NftChainId<TableFamily> {
  readonly hook: NftHook
  /** `filter`, `nat` or `route`. */
  readonly type: string
  readonly priority: number
  /** What becomes of packets that reach the chain's end. */
  readonly policy: 'accept' | 'drop'
}

/** All base chains of IP packets (ip, ip6, inet) and of bridges; none where there is no nf_tables. @throws KernelError */
export const readBaseChains = (namespace?: Namespace): NftBaseChain[] => {
  try {
    return askNetfilter(namespace, (channel) => channel.dump(encodeChainsDump()).flatMap((reply) => decodeBaseChain(reply) ?? []))
  } catch (error) {
    if (hasCode(error, ...ABSENT)) return []
    throw error
  }
}

/** Answers of kernels without nf_tables. */
const ABSENT = ['ENOENT', 'EINVAL', 'EPROTONOSUPPORT', 'EOPNOTSUPP']

const NF_DROP = 0
const ALL_FAMILIES = 0

const HOOK = { number: [1, 'be32'], priority: [2, 'be32'] } as const satisfies AttributeTable
const CHAIN = {
  table: [1, 'text'],
  name: [3, 'text'],
  hook: [4, HOOK],
  policy: [5, 'be32'],
  type: [7, 'text'],
} as const satisfies AttributeTable

/** NF_INET_*; bridges have the same five. */
const HOOKS: readonly NftHook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting']

const FAMILIES = new Map<number | undefined, TableFamily>([
  [NFPROTO.inet, 'inet'],
  [NFPROTO[4], 4],
  [NFPROTO[6], 6],
  [NFPROTO.bridge, 'bridge'],
])

export const encodeChainsDump = (): NetlinkRequest => ({
  operation: 'list nftables chains',
  type: nftMessage(NFT_MSG_GETCHAIN),
  flags: 0,
  payload: nfnetlinkHeader(ALL_FAMILIES),
})

/** A base chain of a dump; undefined for chains without a hook, and for families without IP packets. */
export const decodeBaseChain = ({ type, payload }: NetlinkReply): NftBaseChain | undefined => {
  const family = FAMILIES.get(payload[0])
  if (type !== nftMessage(NFT_MSG_NEWCHAIN) || family === undefined) return undefined
  const chain = decodeAttributes(CHAIN, payload.subarray(NFNETLINK_HEADER_BYTES))
  const hook = HOOKS[chain.hook?.number ?? -1]
  if (chain.table === undefined || chain.name === undefined || hook === undefined) return undefined
  return {
    family,
    table: chain.table,
    chain: chain.name,
    hook,
    type: chain.type ?? '',
    priority: (chain.hook?.priority ?? 0) | 0,
    policy: chain.policy === NF_DROP ? 'drop' : 'accept',
  }
}
