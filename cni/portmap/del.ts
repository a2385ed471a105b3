/** DEL: removes the mappings from both packet filters, whichever made them, and forgets the UDP flows that the container answered. */

import { messageOf } from '../protocol/error.ts'
import type { Call } from '../protocol/plugin.ts'
import { availableBackend } from './backend.ts'
import { type PortmapConfig, readConfig } from './config.ts'
import { type PortmapEdges, probeOf } from './edges.ts'
import { type FamilyForwards, forwardsByFamily } from './forwards.ts'
import { DNAT_CHAIN, oldSnatChain, ownChain } from './iptables-rules.ts'
import { tearDownIptables } from './iptables-teardown.ts'
import { mappedForwards } from './mapped-forwards.ts'
import { hasChain, type NatPart } from './nat-part.ts'
import { attachmentRules, tearDownNftables } from './nftables-backend.ts'
import { NFT_TABLE } from './nftables-rules.ts'
import { forgetAnsweredFlows } from './udp-flows.ts'
import { orWarn, saying } from './words.ts'

/**
 * Needs neither `prevResult` nor the mappings: rules are found by network name and container id. Everything is tried, and every failure
 * reported.
 * @throws Error with the reference's sentences
 */
export const del = (call: Call, edges: PortmapEdges): void => {
  const config = saying('failed to parse config', () => readConfig(call, probeOf(edges)))
  if (config.mappings.length === 0 && !isKnownToBeMapped(edges, config)) return
  const forwards = formerForwards(edges, config)
  const failures = [...iptablesSteps(edges, config), () => leaveNftables(edges, config)].flatMap(failureOf)
  for (const each of forwards) forgetUdpFlows({ call, edges }, each)
  if (failures.length > 0) throw new Error(failures.join('; '))
}

/**
 * Whether rules of an attachment without mappings are there: the runtime may have left the mappings out. Most pods have none, so only
 * netlink is asked; with legacy iptables nothing is known, and nothing done, as in the reference.
 */
const isKnownToBeMapped = ({ iptables, rules, presence }: PortmapEdges, config: PortmapConfig): boolean =>
  ([4, 6] as const).some((family) => {
    const part = { iptables, rules, family }
    if (hasChain(part, 'nat', DNAT_CHAIN) && (hasChain(part, 'nat', ownChain(config)) || hasChain(part, 'nat', oldSnatChain(config))))
      return true
    return presence.hasTable({ family, table: NFT_TABLE }) && attachmentRules({ rules }, config, family).length > 0
  })

type Step = () => void

const failureOf = (step: Step): string[] => {
  try {
    step()
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** What was mapped, as far as UDP is concerned: told by the config, or, when it does not tell, by the rules. */
const formerForwards = (edges: PortmapEdges, config: PortmapConfig): FamilyForwards[] => {
  const { mappings, previous } = config
  if (mappings.length > 0 && !mappings.some(({ protocol }) => protocol === 'udp')) return []
  return mappings.length > 0 && previous !== undefined ? forwardsByFamily(config) : mappedForwards(edges, config)
}

const iptablesSteps = (edges: PortmapEdges, config: PortmapConfig): Step[] => {
  const parts = ([4, 6] as const).map((family): NatPart => ({ iptables: edges.iptables, rules: edges.rules, family }))
  const unknown = parts.filter((part) => hasChain(part, 'nat', DNAT_CHAIN) === undefined)
  const unusable = unknown.filter(({ iptables, family }) => iptables.whyUnusable(family) !== undefined)
  if (unknown.length > 0 && unusable.length === unknown.length) return [() => refuseUnusable(edges, config)]
  return parts
    .filter((part) => !unusable.includes(part))
    .map((part) => () => saying(`could not teardown ipv${part.family} dnat`, () => tearDownIptables(part, config)))
}

/** Where iptables cannot even be asked there are no rules of it, if nftables is what is used here. */
const refuseUnusable = (edges: PortmapEdges, { backend }: PortmapConfig): void => {
  if ((backend ?? availableBackend(probeOf(edges))) === 'nftables') return
  const reasons = `(iptables) ${edges.iptables.whyUnusable(4)}, (ip6tables) ${edges.iptables.whyUnusable(6)}`
  throw new Error(`neither iptables nor ip6tables is usable, ${reasons}`)
}

const leaveNftables = (edges: PortmapEdges, config: PortmapConfig): void =>
  saying('error deleting nftables rules', () => tearDownNftables(edges, config))

/** A failure is only told, as with ADD. */
const forgetUdpFlows = ({ call, edges }: { readonly call: Call; readonly edges: PortmapEdges }, forwards: FamilyForwards): void =>
  orWarn(call, () =>
    saying(`failed to delete stale UDP conntrack entries for ${forwards.container.address}`, () => forgetAnsweredFlows(edges, forwards)),
  )
