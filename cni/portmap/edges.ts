/** What the plugin needs of the system, given by the composition root. */
import type { NftPresence } from '#kernel/nftables-presence.ts'
import type { BackendProbe } from './backend.ts'
import type { Alone } from './iptables-setup.ts'
import type { NatEdges } from './nat-part.ts'
import type { NftEdges } from './nftables-backend.ts'
import type { RouteLocalnetEdges } from './route-localnet.ts'
import type { FlowEdges } from './udp-flows.ts'

/** All of the host's own namespace. */
export interface PortmapEdges extends NatEdges, NftEdges, FlowEdges, RouteLocalnetEdges {
  readonly presence: NftPresence
  readonly alone: Alone
  /** Whether a program of the system is installed. */
  isInstalled(program: string): boolean
}

export const probeOf = ({ iptables, isInstalled }: Pick<PortmapEdges, 'iptables' | 'isInstalled'>): BackendProbe => ({
  iptables: () => iptables.whyUnusable(4) === undefined,
  nftables: () => isInstalled('nft'),
})
