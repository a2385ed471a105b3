/**
 * All objects and what happened to them: one counter of versions for everything, as etcd has, and the history that watches
 * start from. Objects are immutable and kept with their JSON text, so that a list or an event only joins texts.
 */
import { type JsonObject, type KubeObject, without } from './objects.ts'
import type { Resource } from './resources.ts'
import { expired } from './status.ts'

/** One version of an object. */
export interface Stored {
  readonly object: KubeObject
  /** The object as JSON, without kind and apiVersion: lists leave them out. */
  readonly json: string
  readonly version: number
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: Resource
  readonly version: number
  /** The new state, or the last one at the version of its deletion. */
  readonly stored: Stored
  /** The state before, for MODIFIED. */
  readonly before: Stored | undefined
}

/** An object before it has a version of its own. */
type Unversioned = JsonObject & { readonly metadata: JsonObject }

export type Listener = (change: Change) => void

const HISTORY = 20_000
const FIRST_VERSION = 1000

export class Store {
  #version = FIRST_VERSION
  #compacted = FIRST_VERSION
  #history: Change[] = []
  readonly #objects = new Map<Resource, Map<string, Stored>>()
  readonly #sorted = new Map<Resource, readonly Stored[]>()
  readonly #listeners = new Set<Listener>()

  /** The version of the last change. */
  get version(): number {
    return this.#version
  }

  get(resource: Resource, key: string): Stored | undefined {
    return this.#objects.get(resource)?.get(key)
  }

  /** All objects of a resource, ordered by key. The array is never changed afterwards: it is a snapshot. */
  list(resource: Resource): readonly Stored[] {
    const known = this.#sorted.get(resource)
    if (known !== undefined) return known
    const entries = [...(this.#objects.get(resource) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1))
    const sorted = entries.map(([, stored]) => stored)
    this.#sorted.set(resource, sorted)
    return sorted
  }

  /** The objects of every resource that live in a namespace. */
  inNamespace(namespace: string): (readonly [Resource, string])[] {
    return [...this.#objects].flatMap(([resource, objects]) =>
      resource.namespaced
        ? [...objects.keys()].filter((key) => key.startsWith(`${namespace}/`)).map((key) => [resource, key] as const)
        : [],
    )
  }

  /** Keeps `object` as the next version, and tells the watches. */
  put(resource: Resource, key: string, object: Unversioned): Stored {
    const before = this.get(resource, key)
    const stored = storedOf(object, this.#version + 1)
    const objects = this.#objects.get(resource) ?? new Map<string, Stored>()
    this.#objects.set(resource, objects.set(key, stored))
    this.#record({ type: before === undefined ? 'ADDED' : 'MODIFIED', resource, version: stored.version, stored, before })
    return stored
  }

  /** Forgets an object and tells the watches. */
  remove(resource: Resource, key: string): void {
    const last = this.get(resource, key)
    if (last === undefined) return
    this.#objects.get(resource)?.delete(key)
    const stored = atVersion(last, this.#version + 1)
    this.#record({ type: 'DELETED', resource, version: stored.version, stored, before: undefined })
  }

  /** The changes after `version`, oldest first. @throws ApiError 410 when they are no longer known */
  changesSince(resource: Resource, version: number): Change[] {
    if (version < this.#compacted) throw expired(`too old resource version: ${version} (${this.#compacted})`)
    return this.#history.filter((change) => change.version > version && change.resource === resource)
  }

  /** Forgets the history: watches from versions before now get 410. */
  compact(): void {
    // A version of its own, so that a watcher that has seen everything is too old as well.
    this.#version += 1
    this.#compacted = this.#version
    this.#history = []
  }

  /** @returns the way to unsubscribe */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #record(change: Change): void {
    this.#version = change.version
    this.#sorted.delete(change.resource)
    this.#history.push(change)
    if (this.#history.length > 2 * HISTORY) {
      const dropped = this.#history.splice(0, HISTORY)
      this.#compacted = dropped.at(-1)?.version ?? this.#compacted
    }
    for (const listener of this.#listeners) listener(change)
  }
}

/** The same object as of another version: what a watch shows of something that is gone. */
export const atVersion = ({ object }: Stored, version: number): Stored => storedOf(object, version)

const storedOf = (unversioned: Unversioned, version: number): Stored => {
  const object = { ...unversioned, metadata: { ...unversioned.metadata, resourceVersion: String(version) } }
  return { object, json: JSON.stringify(without(without(object, 'kind'), 'apiVersion')), version }
}
