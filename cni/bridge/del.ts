/** DEL: takes a container off the bridge. The lease is freed whatever happens to the interface, and every failure is reported. */
import { hasCode, ignoring } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import { asCniError, CniError } from '../protocol/error.ts'
import type { Call } from '../protocol/plugin.ts'
import { goQuote } from '../protocol/text.ts'
import { parseConfig } from './config.ts'
import { type BridgeEdges, closing, inContainer, saying } from './edges.ts'

/**
 * Deletes the container's interface, and with it the pair, then frees the lease: never earlier, or another container could get an address
 * that still answers. A namespace that is gone took its interfaces with it. Bridge and addresses stay: they are the network's.
 * Fields that ADD refuses are no reason to refuse: nothing was made of them.
 * @throws Error with the reference's sentence; when both halves fail, one with both messages
 * @see reference/cni-plugins.md 2.10
 */
export const del = (call: Call, edges: BridgeEdges): void => {
  const { ipam } = parseConfig(call)
  const failures = [...failureOf(() => removeInterface(call, edges)), ...(ipam === '' ? [] : failureOf(() => call.delegate.del(ipam)))]
  const [first, second] = failures
  if (first === undefined) return
  if (second === undefined) throw first
  const errors = failures.map(asCniError)
  throw new CniError(
    asCniError(first).code,
    errors.map(({ message }) => message).join('; '),
    errors.flatMap(({ details }) => (details === '' ? [] : [details])).join('; '),
  )
}

const failureOf = (action: () => void): unknown[] => {
  try {
    action()
    return []
  } catch (error) {
    return [error]
  }
}

const removeInterface = (call: Call, edges: BridgeEdges): void => {
  if (call.netns === '') return
  const namespace = openUnlessGone(call, edges)
  if (namespace === undefined) return
  closing(namespace, () =>
    inContainer(edges, namespace, ({ links }) => {
      const link = saying(`failed to lookup ${goQuote(call.ifname)}`, () => links.link(call.ifname))
      if (link === undefined) return
      // Another DEL of the same attachment may be quicker.
      saying(`failed to delete ${goQuote(call.ifname)}`, () => ignoring(['ENODEV'], () => links.deleteLink(link.index)))
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
