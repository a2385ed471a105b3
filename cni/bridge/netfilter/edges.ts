/** What masquerading and source checks need of the system: the host's packet filters. */
import type { Iptables } from '#kernel/iptables.ts'
import type { Nftables } from '#kernel/nftables.ts'
import type { NftPresence } from '#kernel/nftables-presence.ts'
import type { NftRules } from '#kernel/nftables-rules.ts'

/** All of the host's own namespace. */
export interface NetfilterEdges {
  readonly iptables: Iptables
  readonly nftables: Nftables
  readonly presence: NftPresence
  readonly rules: NftRules
  /** Whether a program of the system is installed. */
  isInstalled(program: string): boolean
}

/** What the rules of an attachment are known by. */
export interface AttachmentId {
  readonly network: string
  readonly containerId: string
  readonly ifname: string
}
