/** What the proxy watches, and how each kind is reduced. */
import type { ClusterEvent } from '../services/types.ts'
import type { Report } from './fields.ts'
import { clusterIdentity, namespacedIdentity } from './identity.ts'
import { reduceNode } from './reduce-node.ts'
import { reduceService } from './reduce-service.ts'
import { reduceSlice } from './reduce-slice.ts'

export interface WatchedResource {
  /** Plural, as in paths and metrics. */
  readonly name: string
  readonly path: string
  /** labelSelector or fieldSelector: what does not match is never sent. */
  readonly selectors: Readonly<Record<string, string>>
  /** @throws ObjectError when the object has no usable name */
  keyOf(raw: unknown): string
  /** The event that tells of this object. @throws ObjectError when the object cannot be used */
  reduce(raw: unknown, report: Report): ClusterEvent
  /** The event that tells that there is no such object. */
  gone(key: string): ClusterEvent
}

/**
 * A label added later arrives as a deletion, one removed as an addition: the server sees to it. The other label that concerns us,
 * service-proxy-name, is read here: no selector can say "absent, or kube-router".
 */
const OURS = { labelSelector: '!service.kubernetes.io/headless' }

const keyInNamespace = (raw: unknown): string => namespacedIdentity(raw).key

export const SERVICES: WatchedResource = {
  name: 'services',
  path: '/api/v1/services',
  selectors: OURS,
  keyOf: keyInNamespace,
  reduce: (raw, report) => ({ kind: 'service', key: keyInNamespace(raw), value: reduceService(raw, report) }),
  gone: (key) => ({ kind: 'service', key, value: undefined }),
}

export const SLICES: WatchedResource = {
  name: 'endpointslices',
  path: '/apis/discovery.k8s.io/v1/endpointslices',
  selectors: OURS,
  keyOf: keyInNamespace,
  reduce: (raw, report) => ({ kind: 'slice', key: keyInNamespace(raw), value: reduceSlice(raw, report) }),
  gone: (key) => ({ kind: 'slice', key, value: undefined }),
}

/** The one Node of this name. */
export const nodeNamed = (name: string): WatchedResource => ({
  name: 'nodes',
  path: '/api/v1/nodes',
  selectors: { fieldSelector: `metadata.name=${name}` },
  keyOf: (raw) => clusterIdentity(raw).key,
  reduce: (raw, report) => ({ kind: 'node', key: clusterIdentity(raw).key, value: reduceNode(raw, report) }),
  gone: (key) => ({ kind: 'node', key, value: undefined }),
})
