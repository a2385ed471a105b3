/** The cluster as last heard of: Services, their slices, this node; and which Services changed since they were last looked at. */
import type { ClusterEvent, EndpointSlice, Node, Service, ServiceKey } from './types.ts'

export interface Cluster {
  /** Takes in what a watcher broadcast; marks the Services it concerns. */
  apply(event: ClusterEvent): void
  /** Takes the keys of changed Services out, in the order they changed, at most `limit`; default/kubernetes first and alone. */
  takeDirty(limit: number): ServiceKey[]
  /** Marks a Service as changed, e.g. because a change of it failed. */
  markDirty(key: ServiceKey): void
  markAllDirty(): void
  readonly dirtyCount: number
  service(key: ServiceKey): Service | undefined
  services(): Iterable<Service>
  slicesOf(key: ServiceKey): Iterable<EndpointSlice>
  readonly node: Node | undefined
  readonly counts: { readonly services: number; readonly endpoints: number }
}

const API_SERVICE: ServiceKey = 'default/kubernetes'

export const createCluster = (): Cluster => {
  const services = new Map<ServiceKey, Service>()
  const slices = new Map<string, EndpointSlice>()
  const slicesByService = new Map<ServiceKey, Map<string, EndpointSlice>>()
  const dirty = new Set<ServiceKey>()
  let node: Node | undefined

  const removeSlice = (key: string): void => {
    const old = slices.get(key)
    if (old === undefined) return
    slices.delete(key)
    const siblings = slicesByService.get(old.service)
    siblings?.delete(key)
    if (siblings?.size === 0) slicesByService.delete(old.service)
    dirty.add(old.service)
  }
  const addSlice = (slice: EndpointSlice): void => {
    slices.set(slice.key, slice)
    const siblings = slicesByService.get(slice.service) ?? new Map<string, EndpointSlice>()
    slicesByService.set(slice.service, siblings.set(slice.key, slice))
    dirty.add(slice.service)
  }
  const markAllDirty = (): void => {
    for (const key of services.keys()) dirty.add(key)
  }

  const apply = (event: ClusterEvent): void => {
    if (event.kind === 'service') {
      if (event.value === undefined) services.delete(event.key)
      else services.set(event.key, event.value)
      dirty.add(event.key)
    } else if (event.kind === 'slice') {
      // A slice may have been moved to another Service: both change.
      removeSlice(event.key)
      if (event.value !== undefined) addSlice(event.value)
    } else if (event.value !== undefined) {
      // A Node object that vanishes leaves us where we are: this node is still running. What of it concerns Services is for whoever looks.
      node = stillPlaced(event.value, node)
    }
  }

  const takeDirty = (limit: number): ServiceKey[] => {
    // The API server's own Service goes first, and waits for no other: pods that start with the node need it.
    if (dirty.delete(API_SERVICE)) return [API_SERVICE]
    const taken: ServiceKey[] = []
    for (const key of dirty) {
      if (taken.length >= limit) break
      taken.push(key)
      dirty.delete(key)
    }
    return taken
  }

  return {
    apply,
    takeDirty,
    markDirty: (key) => {
      dirty.add(key)
    },
    markAllDirty,
    get dirtyCount() {
      return dirty.size
    },
    service: (key) => services.get(key),
    services: () => services.values(),
    slicesOf: (key) => slicesByService.get(key)?.values() ?? [],
    get node() {
      return node
    },
    get counts() {
      let endpoints = 0
      for (const slice of slices.values()) endpoints += slice.endpoints.length
      return { services: services.size, endpoints }
    },
  }
}

/**
 * A Node object that was made anew names no address and no pod network until a cloud's controller gets to it. The machine has them all the
 * while, and its NodePorts must not be taken away meanwhile.
 */
const stillPlaced = (now: Node, before: Node | undefined): Node => ({
  ...now,
  addresses: now.addresses.length > 0 ? now.addresses : (before?.addresses ?? []),
  podCidrs: now.podCidrs.length > 0 ? now.podCidrs : (before?.podCidrs ?? []),
})
