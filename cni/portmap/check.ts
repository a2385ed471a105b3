/** CHECK: whether everything that ADD made for this attachment, and what all attachments share, is still there. */
import type { Call } from '../protocol/plugin.ts'
import { availableBackend } from './backend.ts'
import { readConfig } from './config.ts'
import { type PortmapEdges, probeOf } from './edges.ts'
import { forwardsByFamily } from './forwards.ts'
import { checkIptables } from './iptables-check.ts'
import { checkNftables } from './nftables-check.ts'
import { refuseUnmappable } from './refuse.ts'
import { saying } from './words.ts'

/**
 * Looks only at families in which the container has an address.
 * @throws Error with the reference's sentence about the first thing that is missing
 */
export const check = (call: Call, edges: PortmapEdges): void => {
  const config = readConfig(call, probeOf(edges))
  if (config.previous === undefined) throw new Error('Required prevResult missing')
  if (config.mappings.length === 0) return
  const backend = config.backend ?? availableBackend(probeOf(edges))
  refuseUnmappable(config, backend)
  for (const forwards of forwardsByFamily(config)) {
    const { family } = forwards
    if (backend === 'nftables') checkNftables(edges.rules, config, forwards)
    else saying(`could not check ipv${family} dnat`, () => checkIptables({ ...edges, family }, { config, forwards }))
  }
}
