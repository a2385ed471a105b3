/**
 * UDP flows of Services in the connection table. IPVS forgets its own entries of a removed destination at their next packet
 * (`expire_nodest_conn`), but drops that packet when it belongs to a tracked flow; a flow that is forgotten first loses none.
 * @see net/netfilter/ipvs/ip_vs_core.c, ip_vs_in; kube-proxy's pkg/proxy/conntrack
 */
import type { Flow } from '#kernel/conntrack/messages.ts'
import type { Conntrack } from '#kernel/conntrack/open.ts'
import { endpointText } from '#kernel/ipvs/server-id.ts'
import { familyOf } from '#net/address.ts'
import type { UdpPort } from '../services/data-plane.ts'

/** Forgets the UDP flows that were addressed to one of `ports` and are answered by none of its endpoints. One dump for each family. @throws KernelError */
export const forgetStaleFlows = (conntrack: Conntrack, ports: readonly UdpPort[]): void => {
  for (const family of [4, 6] as const) {
    const ofFamily = ports.filter(({ address }) => familyOf(address) === family)
    if (ofFamily.length === 0) continue
    const [destinationPort, ...others] = new Set(ofFamily.map(({ port }) => port))
    // The kernel can pick one port by itself.
    const filter = { family, protocol: 'udp' as const, ...(destinationPort !== undefined && others.length === 0 && { destinationPort }) }
    conntrack.remove(conntrack.flows(filter, staleAmong(ofFamily)))
  }
}

const staleAmong = (ports: readonly UdpPort[]): ((flow: Flow) => boolean) => {
  const endpoints = new Map(ports.map((port) => [endpointText(port), new Set(port.endpoints.map(endpointText))]))
  return ({ destination, destinationPort, answering }) => {
    const serving = endpoints.get(endpointText({ address: destination, port: destinationPort }))
    return serving !== undefined && answering !== undefined && !serving.has(endpointText(answering))
  }
}
