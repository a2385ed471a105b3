/** Creating, updating, patching and deleting, with the checks that a client can run into. */
import { mergedParts, newMetadata, objectOfKind, same, updatedMetadata } from './accept.ts'
import { Allocations } from './allocations.ts'
import { carriedOver, withDefaults } from './defaults.ts'
import { isObject, type JsonObject, objectAt, textAt } from './objects.ts'
import { applyPatch } from './patch.ts'
import { type Resource, resourceAt } from './resources.ts'
import type { Route } from './route.ts'
import { alreadyExists, badRequest, conflict, notFound } from './status.ts'
import type { Store, Stored } from './store.ts'

export class Writer {
  readonly #store: Store
  readonly #allocations: Allocations
  readonly #now: () => string

  /** @param now the time as RFC 3339 text, for creationTimestamp */
  constructor(store: Store, now: () => string) {
    this.#store = store
    this.#allocations = new Allocations(store)
    this.#now = now
  }

  /** The object a route names. @throws ApiError 404 */
  current({ resource, namespace, name = '' }: Route): Stored {
    const stored = this.#store.get(resource, keyOf(namespace, name))
    if (stored === undefined) throw notFound(resource.plural, name)
    return stored
  }

  /** @throws ApiError 400, 404 (no such namespace), 409 (exists), 422 */
  create({ resource, namespace }: Pick<Route, 'resource' | 'namespace'>, body: unknown): Stored {
    const object = objectOfKind(resource, body)
    const metadata = newMetadata(objectAt(object.metadata), { namespace, now: this.#now() })
    const name = textAt(metadata.name)
    this.#checkNamespace(namespace)
    if (this.#store.get(resource, keyOf(namespace, name)) !== undefined) throw alreadyExists(resource.plural, name)
    return this.#store.put(resource, keyOf(namespace, name), { ...withDefaults(resource.kind, object, this.#allocations), metadata })
  }

  /** @throws ApiError 400, 404, 409 (made from another version), 422 */
  update(route: Route, body: unknown): Stored {
    return this.#replace(route, this.current(route), objectOfKind(route.resource, body))
  }

  /** @throws ApiError 400, 404, 409, 415, 422 */
  patch(route: Route, mediaType: string, patch: unknown): Stored {
    const current = this.current(route)
    return this.#replace(route, current, objectOfKind(route.resource, applyPatch(mediaType, current.object, patch)))
  }

  /**
   * Deletes at once: this server has no finalizers and no grace. A namespace takes what is in it along.
   * @throws ApiError 404, 409 (precondition)
   */
  delete(route: Route, options: unknown): JsonObject {
    const { resource, namespace, name = '' } = route
    const { metadata } = this.current(route).object
    const preconditions = objectAt(isObject(options) ? options.preconditions : undefined)
    for (const field of ['uid', 'resourceVersion']) {
      if (preconditions[field] !== undefined && preconditions[field] !== metadata[field]) throw conflict(resource.plural, name)
    }
    if (resource.kind === 'Namespace') for (const [kind, key] of this.#store.inNamespace(name)) this.#store.remove(kind, key)
    this.#store.remove(resource, keyOf(namespace, name))
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, kind: resource.plural, uid: textAt(metadata.uid) },
    }
  }

  #replace({ resource, namespace, name = '', status }: Route, { object: before, ...current }: Stored, update: JsonObject): Stored {
    if (objectAt(update.metadata).name !== name) throw badRequest('the name of the object does not match the name on the URL')
    const merged = carriedOver(resource.kind, mergedParts({ resource, status }, { update, before }), before)
    const complete = this.#allocations.without(resource, before, () => withDefaults(resource.kind, merged, this.#allocations))
    const object = { ...complete, metadata: updatedMetadata(resource, { update: complete, before }) }
    // A write that changes nothing makes no version.
    if (same(object, before)) return { object: before, ...current }
    return this.#store.put(resource, keyOf(namespace, name), object)
  }

  #checkNamespace(namespace: string | undefined): void {
    const namespaces: Resource | undefined = resourceAt('v1', 'namespaces')
    if (namespace === undefined || namespaces === undefined || this.#store.get(namespaces, namespace) !== undefined) return
    throw notFound('namespaces', namespace)
  }
}

/** The key of an object in the store: `namespace/name`, or `name` for cluster-wide resources. */
const keyOf = (namespace: string | undefined, name: string): string => (namespace === undefined ? name : `${namespace}/${name}`)
