/** What requests for objects lead to: reading, writing and watching the store. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readJson, sendJson, sendList } from './exchange.ts'
import type { FaultActions, FaultSettings } from './faults.ts'
import { Lister } from './list.ts'
import { isObject, objectAt, textAt } from './objects.ts'
import { resourceOf } from './resources.ts'
import type { Route } from './route.ts'
import { badRequest, ordered } from './status.ts'
import { Store } from './store.ts'
import { Watch } from './watch.ts'
import { Writer } from './write.ts'

/** What a watcher may leave unread before it is dropped. */
const BACKLOG_BYTES = 64 << 20

export class Backend {
  readonly #store = new Store()
  readonly #lister = new Lister(this.#store)
  readonly #writer: Writer
  readonly #watches = new Set<Watch>()

  /** @param now the time as RFC 3339 text */
  constructor(now: () => string) {
    this.#writer = new Writer(this.#store, now)
    for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
      this.load({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    }
  }

  /** The plural names of what is watched now, one per watch. */
  get watched(): string[] {
    return [...this.#watches].map(({ route }) => route.resource.plural)
  }

  /** @throws ApiError */
  async serve(route: Route, { request, response }: Exchange, settings: FaultSettings): Promise<void> {
    switch (route.verb) {
      case 'watch':
        return this.#watch(route, response, settings)
      case 'list': {
        const acceptsGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
        return sendList(response, this.#lister.list(route), { acceptsGzip, slow: settings.slowLists })
      }
      case 'get':
        return sendJson(response, this.#writer.current(route).object)
      case 'create':
        return sendJson(response, this.#writer.create(route, await readJson(request)).object, 201)
      case 'update':
        return sendJson(response, this.#writer.update(route, await readJson(request)).object)
      case 'patch': {
        const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
        return sendJson(response, this.#writer.patch(route, mediaType, await readJson(request)).object)
      }
      case 'delete':
        return sendJson(response, this.#writer.delete(route, await readJson(request)))
    }
  }

  /** Creates an object wherever its kind lives. @throws ApiError as `create` does */
  load(object: unknown): void {
    if (!isObject(object)) throw badRequest('an object is expected')
    const resource = resourceOf(textAt(object.apiVersion), textAt(object.kind))
    if (resource === undefined) throw badRequest(`no resource for ${textAt(object.apiVersion)} ${textAt(object.kind)}`)
    const namespace = textAt(objectAt(object.metadata).namespace) || 'default'
    this.#writer.create({ resource, namespace: resource.namespaced ? namespace : undefined }, object)
  }

  /** Does to the watches and the history what an order says. */
  disturb({ halfOpen, end, garbage, watchError, compact }: FaultActions): void {
    if (compact === true) {
      this.#store.compact()
      this.#lister.compact()
    }
    for (const watch of this.#watches) {
      if (garbage !== undefined) watch.garbage(garbage)
      if (watchError !== undefined) watch.fail(ordered(watchError))
      if (end === true) watch.end()
      if (halfOpen === true) watch.silence()
    }
  }

  #watch(route: Route, response: ServerResponse, settings: FaultSettings): void {
    response.setHeader('content-type', 'application/json')
    const sink = {
      write: (lines: string) => {
        response.write(lines)
        if (response.writableLength > BACKLOG_BYTES) response.destroy()
      },
      end: () => response.end(),
    }
    const watch = new Watch(route, { store: this.#store, sink, settings })
    response.flushHeaders()
    this.#watches.add(watch)
    response.once('close', () => {
      watch.stop()
      this.#watches.delete(watch)
    })
  }
}

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}
