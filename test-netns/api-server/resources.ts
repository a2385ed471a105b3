/** The kinds this server knows, and where they live. */

export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Whether `status` is written through `/status` only. */
  readonly statusSubresource: boolean
  /** Fields a fieldSelector may name, beside metadata.name and metadata.namespace (the lists are Kubernetes' own). */
  readonly selectable: readonly string[]
}

const RESOURCES: readonly Resource[] = [
  resource('v1', 'Service', 'services', { statusSubresource: true, selectable: ['spec.clusterIP', 'spec.type'] }),
  resource('v1', 'Node', 'nodes', { namespaced: false, statusSubresource: true, selectable: ['spec.unschedulable'] }),
  resource('v1', 'Pod', 'pods', {
    statusSubresource: true,
    selectable: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  }),
  resource('v1', 'ConfigMap', 'configmaps'),
  resource('v1', 'Namespace', 'namespaces', { namespaced: false, statusSubresource: true, selectable: ['status.phase'] }),
  resource('v1', 'Event', 'events', { selectable: ['involvedObject.kind', 'involvedObject.name', 'reason', 'type'] }),
  resource('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  resource('apps/v1', 'DaemonSet', 'daemonsets', { statusSubresource: true }),
]

const byPath = new Map(RESOURCES.map((each) => [`${each.apiVersion}/${each.plural}`, each]))
const byKind = new Map(RESOURCES.map((each) => [`${each.apiVersion}/${each.kind}`, each]))

/** The resource at `apiVersion` (`v1`, `apps/v1`) with this plural name. */
export const resourceAt = (apiVersion: string, plural: string): Resource | undefined => byPath.get(`${apiVersion}/${plural}`)

/** The resource of objects of this kind. */
export const resourceOf = (apiVersion: string, kind: string): Resource | undefined => byKind.get(`${apiVersion}/${kind}`)

/** The URL path of a collection: `/api/v1/namespaces/default/services`; without a namespace, that of all namespaces. */
export const collectionPath = (of: Resource, namespace?: string): string => {
  const root = of.apiVersion.includes('/') ? `/apis/${of.apiVersion}` : `/api/${of.apiVersion}`
  return of.namespaced && namespace !== undefined ? `${root}/namespaces/${namespace}/${of.plural}` : `${root}/${of.plural}`
}

function resource(apiVersion: string, kind: string, plural: string, more: Partial<Resource> = {}): Resource {
  return { apiVersion, kind, plural, namespaced: true, statusSubresource: false, selectable: [], ...more }
}
