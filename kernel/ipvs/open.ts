/** IPVS of a network namespace, over generic netlink. */
import { type CommandRunner, openCommands } from '../command.ts'
import { KernelError } from '../errno.ts'
import type { Namespace } from '../namespace.ts'
import { type NetlinkChannel, openChannel } from '../netlink/channel.ts'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { NETLINK_GENERIC } from '../netlink/socket.ts'
import { decodeDestination, decodeServer, decodeTimeouts } from './decode.ts'
import { encodeDestinationsDump, encodeOperation, encodeServersDump, encodeTimeouts, encodeTimeoutsQuery } from './encode.ts'
import { findOrLoadIpvs } from './family.ts'
import { decodeTraffic, type ServerTraffic } from './traffic.ts'
import type { Ipvs, IpvsOperation } from './types.ts'

const EPROTO = 71

/**
 * Opens IPVS in `namespace` (default: the calling thread's); loads the kernel module when the kernel does not know IPVS.
 * @throws IpvsUnavailableError, KernelError (EPERM without CAP_NET_ADMIN shows at the first use)
 */
export const openIpvs = (namespace?: Namespace, commands: CommandRunner = openCommands()): Ipvs => {
  const channel = openChannel(NETLINK_GENERIC, namespace)
  try {
    return ipvsOver(channel, findOrLoadIpvs(channel, commands))
  } catch (error) {
    channel.close()
    throw error
  }
}

/** IPVS over an open channel, given with the family's id so that tests can play the kernel. */
export const ipvsOver = (channel: NetlinkChannel, family: number): Ipvs => ({
  apply: (operations) => applyOperations(channel, family, operations),
  servers: () => channel.dump(encodeServersDump(family)).map(decodeServer).filter(isKnown),
  traffic: () => {
    const traffic: ServerTraffic[] = []
    // Decoded as it comes, so that no reply is kept.
    channel.dump(encodeServersDump(family), (reply) => keepTraffic(traffic, reply))
    return traffic
  },
  destinations: (server) => channel.dump(encodeDestinationsDump(family, server)).map(decodeDestination).filter(isKnown),
  timeouts: () => {
    const [reply] = channel.request(encodeTimeoutsQuery(family))
    if (reply === undefined) throw new KernelError('read IPVS timeouts: no answer', EPROTO)
    return decodeTimeouts(reply)
  },
  setTimeouts: (timeouts) => {
    channel.request(encodeTimeouts(family, timeouts))
  },
  counters: channel.counters,
  close: () => channel.close(),
})

/** What cannot be encoded is never sent and has its own error as outcome; the others are not touched by it. */
const applyOperations = (channel: NetlinkChannel, family: number, operations: readonly IpvsOperation[]): (Error | undefined)[] => {
  const encoded = operations.map((operation) => encodeOrError(family, operation))
  const sent = channel.batch(encoded.filter(isRequest))
  let next = 0
  return encoded.map((request) => (request instanceof Error ? request : sent[next++]))
}

const encodeOrError = (family: number, operation: IpvsOperation): NetlinkRequest | Error => {
  try {
    return encodeOperation(family, operation)
  } catch (error) {
    return error instanceof Error ? error : new TypeError(String(error))
  }
}

/** Always false: the reply itself is not needed any more. */
const keepTraffic = (traffic: ServerTraffic[], reply: NetlinkReply): false => {
  const decoded = decodeTraffic(reply)
  if (decoded !== undefined) traffic.push(decoded)
  return false
}

const isRequest = (request: NetlinkRequest | Error): request is NetlinkRequest => !(request instanceof Error)

const isKnown = <T>(value: T | undefined): value is T => value !== undefined
