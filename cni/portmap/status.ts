/** STATUS: whether ADD could work here. The reference's always says so. */
import { CniError, ERROR_CODE } from '../protocol/error.ts'
import type { Call } from '../protocol/plugin.ts'
import { availableBackend, type BackendName } from './backend.ts'
import { readConfig } from './config.ts'
import { type PortmapEdges, probeOf } from './edges.ts'
import { saying } from './words.ts'

/** @throws Error for a config that ADD would refuse, CniError 50 when its packet filter cannot be used here */
export const status = (call: Call, edges: PortmapEdges): void => {
  const config = saying('failed to parse config', () => readConfig(call, probeOf(edges)))
  const backend = config.backend ?? availableBackend(probeOf(edges))
  const reason = REASONS[backend](edges)
  if (reason !== undefined) throw new CniError(ERROR_CODE.notAvailable, `the ${backend} backend cannot be used`, reason)
}

const REASONS: Readonly<Record<BackendName, (edges: PortmapEdges) => string | undefined>> = {
  iptables: ({ iptables }) => iptables.whyUnusable(4),
  nftables: ({ isInstalled, presence }) => {
    if (!isInstalled('nft')) return 'nft is not installed'
    return presence.available() ? undefined : 'the kernel has no nf_tables'
  },
}
