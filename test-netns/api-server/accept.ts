/** Which parts of a sent object the server takes, and which it sets itself. */
import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject, objectAt, textAt, without } from './objects.ts'
import type { Resource } from './resources.ts'
import type { Route } from './route.ts'
import { badRequest, conflict, invalid } from './status.ts'

/** A new state of an object, and the one it takes the place of. */
export interface Update {
  readonly update: JsonObject
  readonly before: JsonObject
}

/** The body as an object of this kind. @throws ApiError 400 */
export const objectOfKind = ({ kind, apiVersion }: Resource, body: unknown): JsonObject => {
  if (!isObject(body)) throw badRequest('the object provided is unrecognized: an object is expected')
  if ((body.kind ?? kind) !== kind || (body.apiVersion ?? apiVersion) !== apiVersion) {
    throw badRequest(`the object provided is unrecognized: expected ${apiVersion} ${kind}`)
  }
  return { kind, apiVersion, ...without(without(body, 'kind'), 'apiVersion') }
}

/** The metadata of a new object. @throws ApiError 400 for another namespace than the path's, 422 for a bad name */
export const newMetadata = (given: JsonObject, { namespace, now }: { namespace: string | undefined; now: string }): JsonObject => {
  const prefix = textAt(given.generateName)
  const name = textAt(given.name) || (prefix === '' ? '' : `${prefix}${randomUUID().slice(0, 5)}`)
  if (name === '') throw invalid('metadata.name', 'Required value: name or generateName is required')
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) throw invalid('metadata.name', `Invalid value: "${name}"`)
  if ((given.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const place = namespace === undefined ? {} : { namespace }
  return { ...given, ...place, name, uid: randomUUID(), creationTimestamp: now, generation: 1 }
}

/**
 * The metadata of an update: the server's own fields stay; generation counts the changes of everything but metadata and status.
 * @throws ApiError 409 when it was made from another version, or for another object of the same name
 */
export const updatedMetadata = ({ plural }: Resource, { update, before }: Update): JsonObject => {
  const old = objectAt(before.metadata)
  const given = objectAt(update.metadata)
  for (const field of ['resourceVersion', 'uid']) {
    if (textAt(given[field]) !== '' && given[field] !== old[field]) throw conflict(plural, textAt(old.name))
  }
  const kept = Object.fromEntries(SERVER_FIELDS.flatMap((field) => (old[field] === undefined ? [] : [[field, old[field]]])))
  const changed = !same(desiredPart(update), desiredPart(before))
  return { ...given, ...kept, generation: Number(old.generation ?? 0) + (changed ? 1 : 0) }
}

/** Where there is a status subresource, each path writes its own part of an object. */
export const mergedParts = ({ resource, status }: Pick<Route, 'resource' | 'status'>, { update, before }: Update): JsonObject => {
  if (status) return { ...before, metadata: update.metadata ?? {}, status: update.status ?? {} }
  return resource.statusSubresource
    ? { ...without(update, 'status'), ...(before.status !== undefined && { status: before.status }) }
    : update
}

/** Whether two JSON values are equal; the order of keys does not matter. */
export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one, sortedKeys) === JSON.stringify(other, sortedKeys)

const SERVER_FIELDS = ['name', 'namespace', 'uid', 'creationTimestamp', 'resourceVersion']

const desiredPart = (object: JsonObject): JsonObject => without(without(object, 'metadata'), 'status')

const sortedKeys = (_key: string, value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value
