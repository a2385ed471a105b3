/** DEL: takes a container off the bridge. The lease is freed whatever happens to the interface, and every failure is reported. */
import { hasCode, ignoring } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import type { IpAddress } from '#net/address.ts'
import type { Call } from '../protocol/plugin.ts'
import { goQuote } from '../protocol/text.ts'
import { attemptAll } from './attempt-all.ts'
import { type BridgeConfig, parseConfig } from './config.ts'
import { type BridgeEdges, closing, inContainer, saying } from './edges.ts'
import { detachRules } from './netfilter/attach.ts'

/**
 * Deletes the container's interface, and with it the pair, then its rules, then frees the lease: never earlier, or another container could
 * get an address that still answers. A namespace that is gone took its interfaces with it. Bridge and addresses stay: they are the network's.
 * Fields that ADD refuses are no reason to refuse: nothing was made of them.
 * @throws Error with the reference's sentence; when several parts fail, one with all messages
 * @see reference/cni-plugins.md 2.10
 */
export const del = (call: Call, edges: BridgeEdges): void => {
  const config = parseConfig(call)
  let kept: readonly IpAddress[] = []
  attemptAll([
    () => {
      kept = removeInterface({ call, edges, config })
    },
    () => detachRules(edges.netfilter, { call, config, kept }),
    () => config.ipam !== '' && call.delegate.del(config.ipam),
  ])
}

interface Deletion {
  readonly call: Call
  readonly edges: BridgeEdges
  readonly config: BridgeConfig
}

/** The addresses that the container still has, by other interfaces; they are not read when nobody asks. */
const removeInterface = ({ call, edges, config }: Deletion): readonly IpAddress[] => {
  if (call.netns === '') return []
  const namespace = openUnlessGone(call, edges)
  if (namespace === undefined) return []
  return closing(namespace, () =>
    inContainer(edges, namespace, ({ links }) => {
      const link = saying(`failed to lookup ${goQuote(call.ifname)}`, () => links.link(call.ifname))
      if (link !== undefined) {
        // Another DEL of the same attachment may be quicker.
        saying(`failed to delete ${goQuote(call.ifname)}`, () => ignoring(['ENODEV'], () => links.deleteLink(link.index)))
      }
      return config.masquerade ? links.addresses().map(({ address }) => address) : []
    }),
  )
}

/**
 * The container's namespace, or undefined when it is gone. A path that is a plain file counts as gone: it is what remains of a mounted
 * namespace once it is unmounted. The reference fails there, and never frees the lease.
 */
const openUnlessGone = ({ netns, warn }: Call, edges: BridgeEdges): Namespace | undefined => {
  try {
    return edges.openNamespace(netns)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    // The class is not asked for, because only composition roots import the kernel layer.
    if (!(error instanceof Error) || error.name !== 'NotANamespaceError') throw error
    warn(`bridge: ${error.message}: the namespace counts as gone`)
    return undefined
  }
}
