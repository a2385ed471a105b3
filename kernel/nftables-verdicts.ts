/**
 * What the rules of a chain do to every packet that reaches them: rules as conditional or not, with their verdict. Enough to tell whether a
 * packet filter of somebody else lets packets through that it says nothing about.
 *
 *   expression `immediate`: DREG be32 (0 = verdict), DATA { VERDICT { CODE be32, CHAIN } }; `reject`; `target` NAME of iptables: REJECT, LOG, …
 *
 * @see include/uapi/linux/netfilter/nf_tables.h
 */
import { hasCode } from './errno.ts'
import type { Namespace } from './namespace.ts'
import { type AttributeTable, decodeAttributes, listElements } from './netlink/attributes.ts'
import type { NetlinkReply } from './netlink/message.ts'
import { askNetfilter, NFNETLINK_HEADER_BYTES } from './netlink/nfnetlink.ts'
import type { NftChainId, TableFamily } from './nftables-presence.ts'
import { commentOf, encodeRulesDump, textOf } from './nftables-rule-messages.ts'
import { EXPRESSION, EXTENSION, NFT_MSG_NEWRULE, nftMessage, RULE } from './nftables-wire.ts'

/** A rule by its effect. */
export interface NftVerdictRule {
  /** The kernel's number for it in its table. */
  readonly handle: number
  /** Of nft, or of iptables' match `comment`. */
  readonly comment?: string
  /** Whether it concerns some packets only. What we do not know is taken for a condition. */
  readonly conditional: boolean
  /** Ends the packet's way here: dropped, or refused with an answer. */
  readonly refuses: boolean
  /** The chain that it sends packets to. */
  readonly jump?: string
  /** iptables' matches and target in it: `set`, `ipvs`, `SNAT`. */
  readonly extensions?: readonly NftExtension[]
}

export interface NftExtension {
  readonly name: string
  /** Its parameters: the structure of its header in include/uapi/linux/netfilter. */
  readonly info: Buffer
}

/** The rules of one chain in their order; none where there is no such chain. @throws KernelError */
export const readVerdicts = (where: NftChainId<TableFamily>, namespace?: Namespace): NftVerdictRule[] => {
  try {
    const replies = askNetfilter(namespace, (channel) => channel.dump(encodeRulesDump(where)))
    return replies.flatMap((reply) => decodeVerdict(reply, where) ?? [])
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

const NF_DROP = 0

const VERDICT = { code: [1, 'be32'], chain: [2, 'text'] } as const satisfies AttributeTable
const DATA = { verdict: [2, VERDICT] } as const satisfies AttributeTable
const IMMEDIATE = { data: [2, DATA] } as const satisfies AttributeTable

/** A rule of this chain in a dump; old kernels dump more than they were asked for. */
export const decodeVerdict = ({ type, payload }: NetlinkReply, where: NftChainId<TableFamily>): NftVerdictRule | undefined => {
  const { table, chain, handle, expressions, userdata } = decodeAttributes(RULE, payload.subarray(NFNETLINK_HEADER_BYTES))
  if (type !== nftMessage(NFT_MSG_NEWRULE) || handle === undefined || table !== where.table || chain !== where.chain) return undefined
  const effects = expressions === undefined ? [] : listElements(expressions).map(effectOf)
  const comment = (userdata && commentOf(userdata)) ?? effects.find((each) => each.comment !== undefined)?.comment
  const jump = effects.find((each) => each.jump !== undefined)?.jump
  const extensions = effects.flatMap(({ extension }) => extension ?? [])
  return {
    handle: Number(handle.readBigUInt64BE(0)),
    ...(comment !== undefined && { comment }),
    conditional: effects.some((each) => each.condition === true),
    refuses: effects.some((each) => each.refuses === true),
    ...(jump !== undefined && { jump }),
    ...(extensions.length > 0 && { extensions }),
  }
}

interface Effect {
  readonly condition?: boolean
  readonly refuses?: boolean
  readonly jump?: string | undefined
  readonly comment?: string
  readonly extension?: NftExtension
}

const effectOf = (expression: Buffer): Effect => {
  const { name = '', data = Buffer.alloc(0) } = decodeAttributes(EXPRESSION, expression)
  return EFFECTS[name]?.(data) ?? { condition: true }
}

const NOTHING = Buffer.alloc(0)

const HARMLESS = (): Effect => ({})

const EFFECTS: Readonly<Record<string, (data: Buffer) => Effect>> = {
  counter: HARMLESS,
  log: HARMLESS,
  last: HARMLESS,
  reject: () => ({ refuses: true }),
  immediate: (bytes) => {
    const verdict = decodeAttributes(IMMEDIATE, bytes).data?.verdict
    return verdict === undefined ? {} : { refuses: verdict.code === NF_DROP, jump: verdict.chain }
  },
  target: (bytes) => {
    const { name = '', info = NOTHING } = decodeAttributes(EXTENSION, bytes)
    return { extension: { name, info }, ...(name === 'REJECT' || name === 'DROP' ? { refuses: true } : {}) }
  },
  match: (bytes) => {
    const { name = '', info = NOTHING } = decodeAttributes(EXTENSION, bytes)
    return name === 'comment' ? { comment: textOf(info) } : { extension: { name, info }, condition: true }
  },
}
