/** ADD: makes the mappings, forgets what UDP flows they change, and lets the host use 127.0.0.1. A failure undoes what was made. */
import type { IpAddress } from '#net/address.ts'
import type { Call } from '../protocol/plugin.ts'
import type { Result } from '../protocol/result.ts'
import { availableBackend } from './backend.ts'
import { type PortmapConfig, readConfig } from './config.ts'
import { messageOf, type PortmapEdges, probeOf, saying } from './edges.ts'
import { type FamilyForwards, forwardsByFamily } from './forwards.ts'
import { setUpIptables, tearDownIptables } from './iptables-backend.ts'
import { setUpNftables, tearDownNftables } from './nftables-backend.ts'
import { refuseUnmappable } from './refuse.ts'

/**
 * @returns the previous plugin's result, unchanged
 * @throws Error with the reference's sentence, CniError 7 for mappings that cannot be made
 * @see reference/cni-plugins.md 4.2
 */
export const add = (call: Call, edges: PortmapEdges): Result => {
  const config = saying('failed to parse config', () => readConfig(call, probeOf(edges)))
  if (config.previous === undefined) throw new Error('must be called as chained plugin')
  if (config.mappings.length > 0) mapPorts({ call, edges, config })
  return config.previous
}

interface Addition {
  readonly call: Call
  readonly edges: PortmapEdges
  readonly config: PortmapConfig
}

type Undo = () => void

const mapPorts = ({ call, edges, config }: Addition): void => {
  const backend = config.backend ?? availableBackend(probeOf(edges))
  refuseUnmappable(config, backend)
  const families = forwardsByFamily(config)
  const made: Undo[] = []
  try {
    if (backend === 'nftables') made.push(translateByNftables({ call, edges, config }, families))
    for (const forwards of families) {
      if (backend === 'iptables') made.push(translateByIptables({ call, edges, config }, forwards))
      forgetUdpFlows({ call, edges, config }, forwards)
      if (config.snat && forwards.family === 4) routeLocalnet(edges, forwards.container.address)
    }
  } catch (error) {
    for (const undo of made) orWarn(call, undo)
    throw error
  }
}

const translateByNftables = ({ edges, config }: Addition, families: readonly FamilyForwards[]): Undo => {
  const part = { ...edges, config }
  saying('unable to set up nftables rules for port mappings', () => setUpNftables(part, families))
  return () => tearDownNftables(part)
}

const translateByIptables = ({ edges, config }: Addition, forwards: FamilyForwards): Undo => {
  const part = { iptables: edges.iptables, config, family: forwards.family }
  saying('unable to setup DNAT', () => setUpIptables(part, forwards))
  return () => tearDownIptables(part)
}

/**
 * Flows that began before the mapping would go on to wherever they went. As in the reference: all UDP flows to these ports of whatever
 * address, and a failure is only told.
 */
const forgetUdpFlows = ({ call, edges, config }: Addition, { family, container }: FamilyForwards): void => {
  const ports = new Set(config.mappings.filter(({ protocol }) => protocol === 'udp').map(({ hostPort }) => hostPort))
  orWarn(call, () =>
    saying(`failed to delete stale UDP conntrack entries for ${container.address}`, () => {
      for (const destinationPort of ports) {
        edges.conntrack.remove(edges.conntrack.flows({ family, protocol: 'udp', destinationPort }))
      }
    }),
  )
}

/** Without it the kernel drops packets from 127.0.0.1 that leave by a device. Without a route to the container nothing is to be done. */
const routeLocalnet = (edges: PortmapEdges, container: IpAddress): void => {
  const device = deviceTo(edges, container)
  if (device === undefined) return
  saying('unable to enable route_localnet', () => edges.sysctls.ensure(`net/ipv4/conf/${device}/route_localnet`, '1'))
}

const deviceTo = (edges: PortmapEdges, address: IpAddress): string | undefined => {
  const rtnetlink = edges.openRtnetlink()
  try {
    const link = rtnetlink.routeTo(address)?.link
    return link === undefined ? undefined : rtnetlink.linkByIndex(link)?.name
  } finally {
    rtnetlink.close()
  }
}

const orWarn = (call: Call, action: () => void): void => {
  try {
    action()
  } catch (error) {
    call.warn(messageOf(error))
  }
}
