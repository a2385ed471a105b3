/** ADD: makes the mappings, lets the host use 127.0.0.1, and forgets what UDP flows they change. A failure undoes what was made. */
import type { Call } from '../protocol/plugin.ts'
import type { WrittenResult } from '../protocol/result.ts'
import { availableBackend, type BackendName } from './backend.ts'
import { type PortmapConfig, readConfig } from './config.ts'
import { type PortmapEdges, probeOf } from './edges.ts'
import { type FamilyForwards, forwardsByFamily } from './forwards.ts'
import { iptablesChange } from './iptables-setup.ts'
import { setUpNftables, tearDownNftables } from './nftables-backend.ts'
import { refuseUnmappable } from './refuse.ts'
import { prepareRouteLocalnet } from './route-localnet.ts'
import { forgetOvertakenFlows } from './udp-flows.ts'
import { orWarn, saying } from './words.ts'

/**
 * @returns the previous plugin's result, unchanged
 * @throws Error with the reference's sentence, CniError 7 for mappings that cannot be made
 * @see reference/cni-plugins.md 4.2
 */
export const add = (call: Call, edges: PortmapEdges): WrittenResult => {
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
  try {
    if (backend === 'iptables') for (const { family } of families) edges.iptables.expectRestore(family)
    mapFamilies({ call, edges, config }, backend, families)
  } finally {
    edges.iptables.settle()
  }
}

const mapFamilies = ({ call, edges, config }: Addition, backend: BackendName, families: readonly FamilyForwards[]): void => {
  const container = config.snat ? config.container[4] : undefined
  const routeLocalnet = container === undefined ? undefined : prepareRouteLocalnet(edges, container.address)
  const made: Undo[] = []
  try {
    if (backend === 'nftables') translateByNftables({ call, edges, config }, families, made)
    else for (const forwards of families) translateByIptables({ call, edges, config }, forwards, made)
    routeLocalnet?.()
  } catch (error) {
    for (const undo of made.toReversed()) orWarn(call, undo)
    throw error
  }
  for (const forwards of families) forgetUdpFlows({ call, edges, config }, forwards)
}

const translateByNftables = ({ edges, config }: Addition, families: readonly FamilyForwards[], made: Undo[]): void => {
  const replaced = saying('unable to set up nftables rules for port mappings', () => setUpNftables(edges, config, families))
  // What replaced earlier mappings stays when something fails later: those are gone, and DEL finds these.
  if (!replaced) made.push(() => tearDownNftables(edges, config))
}

/** A failing script may have changed one of its tables. */
const translateByIptables = ({ edges, config }: Addition, forwards: FamilyForwards, made: Undo[]): void =>
  saying('unable to setup DNAT', () => {
    const { iptables, rules, alone } = edges
    const change = iptablesChange({ iptables, rules, family: forwards.family }, { config, forwards }, alone)
    made.push(change.undo)
    change.make()
  })

/** As in the reference, a failure is only told. */
const forgetUdpFlows = ({ call, edges }: Addition, forwards: FamilyForwards): void =>
  orWarn(call, () =>
    saying(`failed to delete stale UDP conntrack entries for ${forwards.container.address}`, () => forgetOvertakenFlows(edges, forwards)),
  )
