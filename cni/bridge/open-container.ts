import type { Namespace } from '#kernel/namespace.ts'
import { messageOf } from '../protocol/error.ts'
import type { Call } from '../protocol/plugin.ts'
import { goQuote } from '../protocol/text.ts'
import type { BridgeEdges } from './edges.ts'

/** The container's namespace, for verbs that cannot do without. @throws Error with the reference's sentence */
export const openContainer = ({ netns }: Pick<Call, 'netns'>, edges: Pick<BridgeEdges, 'openNamespace'>): Namespace => {
  try {
    return edges.openNamespace(netns)
  } catch (error) {
    throw new Error(`failed to open netns ${goQuote(netns)}: ${messageOf(error)}`, { cause: error })
  }
}
