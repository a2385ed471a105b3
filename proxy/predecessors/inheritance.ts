/**
 * Virtual servers that another proxy left on this node: those of VIPs that it kept on its dummy link, and those in the range of NodePorts at
 * the node's other addresses. Ours from now on, so that what no Service wants is removed and not left open for ever. Pure.
 */
import { isMarkServer } from '#kernel/ipvs/server-id.ts'
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import type { IpAddress } from '#net/address.ts'
import type { PortRange } from '../surroundings/port-ranges.ts'

export interface Estate {
  /** On links of other proxies; without any, nothing is inherited. */
  readonly vips: readonly IpAddress[]
  /** Addresses of this node's other links. */
  readonly addresses: readonly IpAddress[]
  /** `--service-node-port-range`: Kubernetes gives these ports to nobody but Services. */
  readonly nodePorts: PortRange
}

/** Servers by mark are never inherited: nothing tells whose they are. */
export const inheritedFrom = ({ vips, addresses, nodePorts }: Estate): ((server: VirtualServerId) => boolean) => {
  if (vips.length === 0) return () => false
  const [left, own] = [new Set(vips), new Set(addresses)]
  const isNodePort = (port: number): boolean => port >= nodePorts.first && port <= nodePorts.last
  return (server) => !isMarkServer(server) && (left.has(server.address) || (own.has(server.address) && isNodePort(server.port)))
}
