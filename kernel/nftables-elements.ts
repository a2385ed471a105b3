/**
 * Changing elements of nf_tables' sets and maps by netlink: what nft(8) would do, without a process and with the ruleset's generation checked.
 *
 *   BATCH_BEGIN (resource id = subsystem): GENID be32, refused with ERESTART when the ruleset has another generation by now
 *   NEWSETELEM, DELSETELEM: TABLE, SET, ELEMENTS nest (nftables-element-bytes.ts)
 *   BATCH_END
 *
 * The kernel answers a message behind BATCH_BEGIN that has NLM_F_ECHO with the generation that its transaction made (NEWGEN), and with what
 * became of its own element; a transaction that changed nothing makes none.
 *
 * @see include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h; net/netfilter/nfnetlink.c, nfnetlink_rcv_batch
 */
import { hasCode } from './errno.ts'
import type { Namespace } from './namespace.ts'
import { type AttributeTable, encodeAttributes } from './netlink/attributes.ts'
import { type NetlinkReply, type NetlinkRequest, NLM_F_CREATE, NLM_F_ECHO } from './netlink/message.ts'
import { nfnetlinkHeader } from './netlink/nfnetlink.ts'
import { NETLINK_NETFILTER, type NetlinkSocket, openNetlinkSocket } from './netlink/socket.ts'
import { transactionOver } from './netlink/transaction.ts'
import type { NftFamily } from './nftables.ts'
import { nestsOf, type WrittenElement } from './nftables-element-bytes.ts'
import { decodeGeneration, NFTABLES_FAMILIES } from './nftables-netlink.ts'
import { beginTransaction, endTransaction, nftMessage } from './nftables-wire.ts'

export type { WrittenElement } from './nftables-element-bytes.ts'

/** Elements that come to a set or map, or leave it; for leaving, `data` does not matter. */
export interface ElementsChange {
  readonly verb: 'add' | 'delete'
  /** The table of the set; by default the transaction's. */
  readonly table?: ElementsTable
  readonly set: string
  readonly elements: readonly WrittenElement[]
}

export interface ElementsTable {
  readonly family: NftFamily
  readonly table: string
}

export interface NftElementWriter {
  /**
   * Carries the changes out in order, all or none. Adding what is there changes nothing; deleting what is not there is refused with ENOENT.
   * @param generation the ruleset's, as far as the caller knows
   * @returns the ruleset's generation now; undefined when it was another one before than `generation`, or none was given
   * @throws KernelError the first refusal
   */
  change(table: ElementsTable, changes: readonly ElementsChange[], generation?: number): number | undefined
  readonly counters: { readonly messages: number; readonly datagrams: number }
  close(): void
}

/** A writer for `namespace`, by default the calling thread's. @throws KernelError */
export const openElementWriter = (namespace?: Namespace): NftElementWriter =>
  elementWriterOver(openNetlinkSocket(NETLINK_NETFILTER, namespace))

/** A writer over a socket, given so that tests can play the kernel. */
export const elementWriterOver = (socket: NetlinkSocket): NftElementWriter => {
  const counters = { messages: 0, datagrams: 0 }
  const send = (changes: readonly NetlinkRequest[], expected?: number): number | undefined => {
    const requests = [beginTransaction(expected), ...changes, endTransaction()]
    counters.messages += requests.length
    counters.datagrams += 1
    return generationIn(transactionOver(socket, requests))
  }
  const change: NftElementWriter['change'] = (table, changes, generation) => {
    const requests = changes.flatMap((each, index) => encodeChange(each.table ?? table, each, index === 0))
    if (requests.length === 0) return generation
    try {
      const made = send(requests, generation)
      return generation === undefined ? undefined : (made ?? generation)
    } catch (error) {
      if (generation === undefined || !hasCode(error, 'ERESTART')) throw error
      send(requests)
      return undefined
    }
  }
  return { change, counters, close: () => socket.close() }
}

const NFT_MSG_NEWSETELEM = 12
const NFT_MSG_DELSETELEM = 14
const NFT_MSG_NEWGEN = 15

/** Without the elements themselves, which are put behind it. */
const ELEMENTS = { table: [1, 'text'], set: [2, 'text'] } as const satisfies AttributeTable

/** @param first whether the answer is to tell the new generation; that message has one element, since the kernel tells each of them too */
const encodeChange = (table: ElementsTable, change: ElementsChange, first: boolean): NetlinkRequest[] => {
  const { elements } = change
  const telling = first ? elements.slice(0, 1) : []
  return [
    ...nestsOf(telling).map((nest) => elementsMessage(table, change, { nest, flags: NLM_F_ECHO })),
    ...nestsOf(first ? elements.slice(1) : elements).map((nest) => elementsMessage(table, change, { nest, flags: 0 })),
  ]
}

const elementsMessage = (
  { family, table }: ElementsTable,
  { verb, set }: ElementsChange,
  { nest, flags }: { readonly nest: Buffer; readonly flags: number },
): NetlinkRequest => ({
  operation: `${verb} elements of nftables set ${family} ${table} ${set}`,
  type: nftMessage(verb === 'add' ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM),
  flags: flags | (verb === 'add' ? NLM_F_CREATE : 0),
  payload: [nfnetlinkHeader(NFTABLES_FAMILIES[family]), encodeAttributes(ELEMENTS, { table, set }), nest],
})

/** The generation that the kernel told, if it told one. */
const generationIn = (replies: readonly NetlinkReply[]): number | undefined => {
  const told = replies.find(({ type }) => type === nftMessage(NFT_MSG_NEWGEN))
  return told === undefined ? undefined : decodeGeneration(told)
}
