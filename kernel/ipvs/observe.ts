/** What IPVS holds in a namespace, read cheaply: one dump of the servers and one read of /proc/net/ip_vs for all destinations. */
import { readFileSync } from 'node:fs'
import { inNamespace, type Namespace } from '../namespace.ts'
import { openIpvs } from './open.ts'
import { parseProcIpVs } from './proc.ts'
import type { Ipvs, ObservedDestination, ObservedVirtualServer, VirtualServerId } from './types.ts'

export interface ObservedIpvsEntry {
  readonly server: ObservedVirtualServer
  readonly destinations: readonly ObservedDestination[]
}

/**
 * All virtual servers of `namespace` (default: the calling thread's) with their destinations; those that VirtualServerId cannot
 * name are left out. Servers are exact (netlink); destinations come from /proc, and by netlink for a server that /proc lacks
 * because it came in between. A dump resumes by index: while somebody else adds or removes servers an entry may be missed or
 * repeated, so a server that is missing here is a hint, to be tried with an operation, and not a proof.
 * @throws KernelError, IpvsUnavailableError
 */
export const observeIpvs = (namespace?: Namespace): ObservedIpvsEntry[] => {
  const ipvs = openIpvs(namespace)
  try {
    return joined(ipvs, readProcIpVs(namespace))
  } finally {
    ipvs.close()
  }
}

const joined = (ipvs: Ipvs, text: string): ObservedIpvsEntry[] => {
  const found = new Map(parseProcIpVs(text).map(({ server, destinations }) => [keyOf(server), destinations]))
  const entries = new Map<string, ObservedIpvsEntry>()
  for (const server of ipvs.servers()) {
    const key = keyOf(server)
    entries.set(key, { server, destinations: found.get(key) ?? ipvs.destinations(server) })
  }
  return [...entries.values()]
}

const keyOf = ({ protocol, address, port }: VirtualServerId): string => `${protocol} ${address} ${port}`

/** The text of /proc/net/ip_vs; thread-self, since a thread's namespace need not be its process's. */
export const readProcIpVs = (namespace?: Namespace): string => {
  const read = (): string => readFileSync('/proc/thread-self/net/ip_vs', 'latin1')
  return namespace === undefined ? read() : inNamespace(namespace, read)
}
