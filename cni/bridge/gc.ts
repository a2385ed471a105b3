/** GC: removes what is left of attachments that the runtime no longer knows. */
import type { Call } from '../protocol/plugin.ts'
import { validAttachments } from '../protocol/valid-attachments.ts'
import { attemptAll } from './attempt-all.ts'
import { parseConfig } from './config.ts'
import { type BridgeEdges, onHost } from './edges.ts'
import { removeGarbage } from './netfilter/garbage.ts'

/**
 * Devices go with their namespaces, so rules are what can be left, and leases, for which the IPAM plugin is asked: after the rules, since
 * a freed address may be given away at once. The reference accepts GC and does nothing.
 * @throws Error of the config or the rules; the CniError of the IPAM plugin unchanged; when both fail, one with both messages
 */
export const gc = (call: Call, edges: BridgeEdges): void => {
  const { ipam } = parseConfig({ config: call.config, args: '' })
  const valid = validAttachments(call.config)
  attemptAll([
    () => {
      if (valid === undefined) return
      onHost(edges, ({ links }) =>
        removeGarbage(edges.netfilter, { network: call.network, valid, hasDevice: (name) => links.link(name) !== undefined }),
      )
    },
    () => ipam !== '' && call.delegate.gc(ipam),
  ])
}
