/** DEL: removes the mappings from both packet filters, whichever made them. What is not there costs no process. */
import type { Call } from '../protocol/plugin.ts'
import { availableBackend } from './backend.ts'
import { type PortmapConfig, readConfig } from './config.ts'
import { messageOf, type PortmapEdges, probeOf, saying } from './edges.ts'
import { hasChains, type NatPart, tearDownIptables } from './iptables-backend.ts'
import { tearDownNftables } from './nftables-backend.ts'

/**
 * Needs neither `prevResult` nor the mappings: rules are found by network name and container id. Everything is tried, and every failure
 * reported.
 * @throws Error with the reference's sentences
 */
export const del = (call: Call, edges: PortmapEdges): void => {
  const config = saying('failed to parse config', () => readConfig(call, probeOf(edges)))
  const failures = [...iptablesSteps(edges, config), () => leaveNftables(edges, config)].flatMap(failureOf)
  if (failures.length > 0) throw new Error(failures.join('; '))
}

type Step = () => void

const failureOf = (step: Step): string[] => {
  try {
    step()
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

const iptablesSteps = (edges: PortmapEdges, config: PortmapConfig): Step[] => {
  const parts = ([4, 6] as const)
    .map((family) => ({ iptables: edges.iptables, config, family }))
    .filter((part) => hasChains(part) !== false)
  const usable = parts.filter(({ iptables, family }) => iptables.whyUnusable(family) === undefined)
  if (parts.length > 0 && usable.length === 0) return [() => refuseUnusable(edges, parts)]
  return usable.map((part) => () => saying(`could not teardown ipv${part.family} dnat`, () => tearDownIptables(part)))
}

/** Rules that cannot be removed are a failure. Where it cannot even be asked there are none, if nftables is what is used here. */
const refuseUnusable = (edges: PortmapEdges, parts: readonly NatPart[]): void => {
  const known = parts.some((part) => hasChains(part) === true)
  if (!known && parts.every(({ config }) => (config.backend ?? availableBackend(probeOf(edges))) === 'nftables')) return
  const reasons = `(iptables) ${edges.iptables.whyUnusable(4)}, (ip6tables) ${edges.iptables.whyUnusable(6)}`
  throw new Error(`neither iptables nor ip6tables is usable, ${reasons}`)
}

/** Where nft is not installed nothing can be removed; the reference says nothing then. */
const leaveNftables = (edges: PortmapEdges, config: PortmapConfig): void => {
  if (edges.isInstalled('nft')) saying('error deleting nftables rules', () => tearDownNftables({ ...edges, config }))
}
