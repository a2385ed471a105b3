/** What the plugin needs of the system, given by the composition root. */
import type { Conntrack } from '#kernel/conntrack/open.ts'
import type { Iptables } from '#kernel/iptables.ts'
import type { Nftables } from '#kernel/nftables.ts'
import type { NftPresence } from '#kernel/nftables-presence.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import type { BackendProbe } from './backend.ts'

/** All of the host's own namespace. */
export interface PortmapEdges {
  readonly iptables: Iptables
  readonly nftables: Nftables
  readonly presence: NftPresence
  readonly conntrack: Conntrack
  readonly sysctls: Sysctls
  openRtnetlink(): Rtnetlink
  /** Whether a program of the system is installed. */
  isInstalled(program: string): boolean
}

export const probeOf = ({ iptables, isInstalled }: PortmapEdges): BackendProbe => ({
  iptables: () => iptables.whyUnusable(4) === undefined,
  nftables: () => isInstalled('nft'),
})

/** Runs `action`; its failure becomes the reference's sentence followed by the reason. */
export const saying = <T>(sentence: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    throw new Error(`${sentence}: ${messageOf(error)}`, { cause: error })
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
