/**
 * What all netfilter subsystems share: a message's type is SUBSYSTEM << 8 | message, and before the attributes stands
 *
 *   nfgenmsg: u8 family (NFPROTO_*) | u8 version 0 | be16 resource id 0
 *
 * @see include/uapi/linux/netfilter/nfnetlink.h
 */
import type { Namespace } from '../namespace.ts'
import { type NetlinkChannel, openChannel } from './channel.ts'
import { NETLINK_NETFILTER } from './socket.ts'

/** Bytes of nfgenmsg. */
export const NFNETLINK_HEADER_BYTES = 4

/** NFPROTO_* of the two address families, and of the tables that see both, and frames. */
export const NFPROTO = { 4: 2, 6: 10, inet: 1, bridge: 7 } as const

export const nfnetlinkHeader = (family: number): Buffer => Buffer.from([family, 0, 0, 0])

/** Asks netfilter something over a socket of its own, in `namespace`, by default the calling thread's. */
export const askNetfilter = <T>(namespace: Namespace | undefined, ask: (channel: NetlinkChannel) => T): T => {
  const channel = openChannel(NETLINK_NETFILTER, namespace)
  try {
    return ask(channel)
  } finally {
    channel.close()
  }
}

/** Asks netfilter something over a channel that the asker does not close. */
export type AskNetfilter = <T>(ask: (channel: NetlinkChannel) => T) => T

/** A socket for each question, as askNetfilter. */
export const netfilterOf =
  (namespace?: Namespace): AskNetfilter =>
  (ask) =>
    askNetfilter(namespace, ask)

/** One socket for all questions, of the namespace in which the first one is asked, until the process ends: which is soon, and each socket costs it. */
export const keptNetfilter = (): AskNetfilter => {
  let channel: NetlinkChannel | undefined
  return (ask) => {
    channel ??= openChannel(NETLINK_NETFILTER)
    return ask(channel)
  }
}
