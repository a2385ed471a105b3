/** The loopback plugin: brings `lo` up in a container. It works on `lo` whatever CNI_IFNAME says. */
import { hasCode } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import type { Link, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Call, Plugin } from '../protocol/plugin.ts'
import { readConfig } from './config.ts'
import { loopbackResult, refuseForeignAddresses } from './result.ts'

/** What the plugin asks of the kernel. */
export interface LoopbackEdges {
  openNamespace(path: string): Namespace
  openRtnetlink(namespace: Namespace): Rtnetlink
}

export const createLoopback = (edges: LoopbackEdges): Plugin => ({
  name: 'loopback',
  add: (call) => {
    const { previous, unconverted } = readConfig(call.config)
    const addresses = inContainer(edges, call, (rtnetlink, { index }) => {
      rtnetlink.changeLink(index, { up: true })
      return rtnetlink.addresses({ link: index })
    })
    refuseForeignAddresses(addresses)
    return previous ?? loopbackResult({ sandbox: call.netns, addresses, unconverted })
  },
  del: (call) => {
    if (call.netns === '') return
    ignoringMissing(call.netns, () => inContainer(edges, call, (rtnetlink, { index }) => rtnetlink.changeLink(index, { up: false })))
  },
  check: (call) => {
    inContainer(edges, call, (_, { up }) => {
      if (!up) throw new Error('loopback interface is down')
    })
  },
  // The reference has nothing to collect and nothing to be short of.
  gc: () => undefined,
  status: () => undefined,
})

const inContainer = <T>(edges: LoopbackEdges, { netns }: Call, action: (rtnetlink: Rtnetlink, lo: Link) => T): T => {
  const namespace = edges.openNamespace(netns)
  try {
    const rtnetlink = edges.openRtnetlink(namespace)
    try {
      const lo = rtnetlink.link('lo')
      if (lo === undefined) throw new Error('Link not found')
      return action(rtnetlink, lo)
    } finally {
      rtnetlink.close()
    }
  } finally {
    namespace.close()
  }
}

/** A namespace that is gone took its interfaces with it: nothing is left to do. */
const ignoringMissing = (netns: string, action: () => void): void => {
  try {
    action()
  } catch (error) {
    if (hasCode(error, 'ENOENT') && error instanceof Error && error.message.startsWith(`failed to Statfs "${netns}"`)) return
    throw error
  }
}
