/** The administrator's client of the test API server: what `kubectl` would do, from any network namespace. */
import { Agent, request } from 'node:http'
import type { FaultOrder } from './faults.ts'
import { isObject, type JsonObject, type KubeObject, listAt, objectAt, textAt } from './objects.ts'
import { collectionPath, type Resource, resourceOf } from './resources.ts'
import type { Traffic } from './server.ts'

/** An object's name and kind, as a manifest has them; `namespace` is `default` unless given. */
export interface Reference {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** Objects of one kind; all namespaces unless one is given. */
export interface Collection {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly labelSelector?: string
}

export type PatchType = 'strategic-merge' | 'merge' | 'json'

/** Every call rejects with an ApiStatusError when the server refuses. */
export interface ApiClient {
  /** Creates an object of a manifest, in `default` unless its metadata name a namespace. */
  create(object: JsonObject): Promise<KubeObject>
  /** Creates many objects in one request. */
  load(objects: readonly JsonObject[]): Promise<void>
  get(reference: Reference): Promise<KubeObject>
  list(collection: Collection): Promise<KubeObject[]>
  update(object: JsonObject): Promise<KubeObject>
  /** What `kubectl patch` does: a strategic merge patch unless said otherwise. */
  patch(reference: Reference, patch: unknown, type?: PatchType): Promise<KubeObject>
  /** A merge patch of the status subresource, as controllers send. */
  patchStatus(reference: Reference, status: JsonObject): Promise<KubeObject>
  remove(reference: Reference): Promise<void>
  /** Orders faults, or takes them back: faults.ts. */
  faults(order: FaultOrder): Promise<void>
  /** The requests that came over the network, and what is watched now. */
  traffic(): Promise<Traffic>
  forgetTraffic(): Promise<void>
  close(): void
}

/** An answer other than success: `code` is the HTTP status, `reason` Kubernetes' word for it. */
export class ApiStatusError extends Error {
  override readonly name = 'ApiStatusError'
  readonly code: number
  readonly reason: string
  constructor(code: number, status: JsonObject) {
    super(textAt(status.message) || `HTTP ${code}`)
    this.code = code
    this.reason = textAt(status.reason)
  }
}

/** @param directory the one the server was started with */
export const openApiClient = (directory: string): ApiClient => {
  // A test's synchronous steps keep this process from noticing that the server has closed an idle connection.
  const agent = new Agent({ keepAlive: false })
  const socketPath = `${directory}/control.sock`
  const call: Call = (method, path, body) => exchange({ agent, socketPath, method, path }, body)
  return {
    create: async (object) => asKubeObject(await call('POST', pathOf(referenceTo(object), true), { body: object })),
    load: async (objects) => void (await call('POST', '/load', { body: objects })),
    get: async (reference) => asKubeObject(await call('GET', pathOf(reference))),
    list: async (collection) => listAt((await call('GET', listPath(collection))).items).map(asKubeObject),
    update: async (object) => asKubeObject(await call('PUT', pathOf(referenceTo(object)), { body: object })),
    patch: async (reference, patch, type = 'strategic-merge') =>
      asKubeObject(await call('PATCH', pathOf(reference), { body: patch, mediaType: `application/${type}-patch+json` })),
    patchStatus: async (reference, status) =>
      asKubeObject(await call('PATCH', `${pathOf(reference)}/status`, { body: { status }, mediaType: 'application/merge-patch+json' })),
    remove: async (reference) => void (await call('DELETE', pathOf(reference))),
    faults: async (order) => void (await call('POST', '/faults', { body: order })),
    traffic: async () => asTraffic(await call('GET', '/requests')),
    forgetTraffic: async () => void (await call('DELETE', '/requests')),
    close: () => agent.destroy(),
  }
}

interface Body {
  readonly body: unknown
  readonly mediaType?: string
}

type Call = (method: string, path: string, body?: Body) => Promise<JsonObject>

interface Target {
  readonly agent: Agent
  readonly socketPath: string
  readonly method: string
  readonly path: string
}

const exchange = (target: Target, body?: Body): Promise<JsonObject> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body.body)
    const headers = { host: 'localhost', 'content-type': body?.mediaType ?? 'application/json', 'content-length': Buffer.byteLength(text) }
    const sent = request({ ...target, headers }, async (response) => {
      try {
        const answer: unknown = JSON.parse(Buffer.concat(await response.toArray()).toString())
        const code = response.statusCode ?? 0
        if (!isObject(answer)) throw new TypeError(`the answer is no object: ${JSON.stringify(answer)}`)
        if (code >= 300) throw new ApiStatusError(code, answer)
        resolve(answer)
      } catch (error) {
        reject(error)
      }
    })
    sent.once('error', reject)
    sent.end(text)
  })

const referenceTo = (object: JsonObject): Reference => {
  const { namespace, name } = objectAt(object.metadata)
  return {
    apiVersion: textAt(object.apiVersion),
    kind: textAt(object.kind),
    name: textAt(name),
    ...(namespace !== undefined && { namespace: textAt(namespace) }),
  }
}

const pathOf = ({ apiVersion, kind, namespace = 'default', name }: Reference, ofCollection = false): string => {
  const path = collectionPath(resourceFor(apiVersion, kind), namespace)
  return ofCollection ? path : `${path}/${encodeURIComponent(name)}`
}

const listPath = ({ apiVersion, kind, namespace, labelSelector = '' }: Collection): string =>
  `${collectionPath(resourceFor(apiVersion, kind), namespace)}?${new URLSearchParams({ labelSelector })}`

const resourceFor = (apiVersion: string, kind: string): Resource => {
  const resource = resourceOf(apiVersion, kind)
  if (resource === undefined) throw new TypeError(`the test API server knows no ${apiVersion} ${kind}`)
  return resource
}

const asKubeObject = (value: unknown): KubeObject => {
  if (!isObject(value) || !isObject(value.metadata)) throw new TypeError(`not a Kubernetes object: ${JSON.stringify(value)}`)
  return { ...value, metadata: value.metadata }
}

const asTraffic = (value: JsonObject): Traffic => value as unknown as Traffic
