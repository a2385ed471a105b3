/**
 * Removes what the proxy keeps in the kernel and on this node, all of it and nothing else. Ours is what carries our marks (dataplane/observe.ts).
 * Each thing goes by itself: one failure does not stop the others, what is gone already is no failure, and a second run does the rest.
 *
 * Virtual servers go first, and our tables stay while one of them could not be removed: they tell which virtual servers are ours.
 */
import type { ForeignFilters } from '../surroundings/foreign-filters.ts'
import { type KernelEdges, removeLink, removeRoutes, removeServers, removeTables } from './kernel-state.ts'
import { type NodeEdges, removeSocket, restoreNode } from './node-state.ts'

/** One line of the report. */
export interface Step {
  /** `left`: ours or not, it stays on purpose, and `what` says why. */
  readonly verb: 'removed' | 'restored' | 'left'
  readonly what: string
  /** Why it could not be done. */
  readonly failure?: Error
}

export interface CleanupEdges extends KernelEdges, NodeEdges {
  readonly filters: ForeignFilters
}

/** Does it all; the steps in order. Nothing is told of what is not there. */
export const cleanUp = (edges: CleanupEdges): Step[] => {
  const servers = removeServers(edges)
  const stillServing = servers.some(({ failure }) => failure !== undefined)
  return [
    ...servers,
    ...removeRoutes(edges),
    ...(stillServing
      ? [{ verb: 'left', what: 'the nftables tables, by which the remaining virtual servers are known as ours' } as const]
      : removeTables(edges)),
    ...removeLink(edges),
    ...removeFilterRules(edges.filters),
    ...removeSocket(edges),
    ...restoreNode(edges),
  ]
}

const removeFilterRules = (filters: ForeignFilters): Step[] =>
  filters.remove().map(({ where, failure }) => ({
    verb: 'removed',
    what: `rule of ${where}`,
    ...(failure !== undefined && { failure }),
  }))
