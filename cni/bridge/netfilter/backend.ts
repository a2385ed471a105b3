/** Which of the two packet filters masquerades. */
import { goQuote } from '../../protocol/text.ts'
import type { NetfilterEdges } from './edges.ts'

export type MasqueradeBackend = 'iptables' | 'nftables'

/** @throws Error with the reference's sentence for a name that is neither */
export const checkBackendName = (name: string | undefined): void => {
  if (name !== undefined && !isBackend(name)) throw new Error(`unknown ipmasq backend ${goQuote(name)}`)
}

/** The backend that a config names; if it names none, iptables, unless only nftables can be used on this host. */
export const backendFor = (name: string | undefined, { iptables, isInstalled }: NetfilterEdges): MasqueradeBackend => {
  if (name !== undefined && isBackend(name)) return name
  return iptables.whyUnusable(4) !== undefined && isInstalled('nft') ? 'nftables' : 'iptables'
}

const isBackend = (name: string): name is MasqueradeBackend => name === 'iptables' || name === 'nftables'
