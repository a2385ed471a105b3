/** IPVS of a network namespace, over generic netlink. */
import { type CommandRunner, openCommands } from '../command.ts'
import { findGenericFamily } from '../generic-netlink.ts'
import { loadModule } from '../modules.ts'
import type { Namespace } from '../namespace.ts'
import { type NetlinkChannel, openChannel } from '../netlink/channel.ts'
import type { NetlinkRequest } from '../netlink/message.ts'
import { NETLINK_GENERIC } from '../netlink/socket.ts'
import { IPVS_FAMILY } from './attributes.ts'
import { decodeDestination, decodeServer, decodeTimeouts } from './decode.ts'
import { encodeDestinationsDump, encodeOperation, encodeServersDump, encodeTimeouts, encodeTimeoutsQuery } from './encode.ts'
import type { Ipvs, IpvsOperation } from './types.ts'

/** This kernel has no IPVS, and loading it failed. `message` says what was tried and why it failed. */
export class IpvsUnavailableError extends Error {
  override readonly name = 'IpvsUnavailableError'
  readonly code = 'EPROTONOSUPPORT'
}

/**
 * Opens IPVS in `namespace` (default: the calling thread's); loads the kernel module when the kernel does not know IPVS.
 * @throws IpvsUnavailableError, KernelError (EPERM without CAP_NET_ADMIN shows at the first use)
 */
export const openIpvs = (namespace?: Namespace, commands: CommandRunner = openCommands()): Ipvs => {
  const channel = openChannel(NETLINK_GENERIC, namespace)
  try {
    return ipvsOver(channel, familyOrLoad(channel, commands))
  } catch (error) {
    channel.close()
    throw error
  }
}

const familyOrLoad = (channel: NetlinkChannel, commands: CommandRunner): number => {
  const family = findGenericFamily(channel, IPVS_FAMILY)
  if (family !== undefined) return family
  const failure = loadModule('ip_vs', commands)
  const loaded = findGenericFamily(channel, IPVS_FAMILY)
  if (loaded === undefined)
    throw new IpvsUnavailableError(
      `IPVS is not available in this kernel: ${failure ?? 'modprobe ip_vs succeeded, but the kernel still does not offer it'}`,
    )
  return loaded
}

/** IPVS over an open channel, given with the family's id so that tests can play the kernel. */
export const ipvsOver = (channel: NetlinkChannel, family: number): Ipvs => ({
  apply: (operations) => applyOperations(channel, family, operations),
  servers: () => channel.dump(encodeServersDump(family)).map(decodeServer).filter(isKnown),
  destinations: (server) => channel.dump(encodeDestinationsDump(family, server)).map(decodeDestination).filter(isKnown),
  timeouts: () => {
    const [reply] = channel.request(encodeTimeoutsQuery(family))
    return reply === undefined ? { tcp: 0, tcpFin: 0, udp: 0 } : decodeTimeouts(reply)
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

const isRequest = (request: NetlinkRequest | Error): request is NetlinkRequest => !(request instanceof Error)

const isKnown = <T>(value: T | undefined): value is T => value !== undefined
