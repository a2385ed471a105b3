/** Watches: changes of the selected objects as lines of JSON (Kubernetes API concepts, "Efficient detection of changes"). */
import type { FaultSettings } from './faults.ts'
import type { JsonObject } from './objects.ts'
import type { Resource } from './resources.ts'
import { isTrue, numberIn, type Route } from './route.ts'
import { type Predicate, selection } from './selectors.ts'
import { type ApiError, asApiError, invalid, ordered } from './status.ts'
import { atVersion, type Change, type Store, type Stored } from './store.ts'

/** Where the lines go. */
export interface LineSink {
  write(lines: string): void
  end(): void
}

export class Watch {
  readonly route: Route
  readonly #store: Store
  readonly #sink: LineSink
  readonly #matches: Predicate
  readonly #endings: (() => void)[] = []
  #silent = false

  /** @throws ApiError 400 or 422 for parameters that are refused, 410 when history is forgotten and that is told by status */
  constructor(route: Route, { store, sink, settings }: { store: Store; sink: LineSink; settings: FaultSettings }) {
    this.route = route
    this.#store = store
    this.#sink = sink
    this.#matches = selection(route.resource, route.namespace, route.query)
    checkInitialEvents(route, settings)
    const seconds = numberIn(route.query, 'timeoutSeconds') || 1800
    this.#start(settings.expiredAs === 'status')
    this.#every(seconds * 1000, () => this.end())
    if (isTrue(route.query.get('allowWatchBookmarks'))) {
      this.#every(settings.bookmarkMilliseconds ?? 60_000, () => this.#send(bookmark(route.resource, store.version)))
    }
  }

  /** Ends it as a server does at the timeout. */
  end(): void {
    if (this.#silent) return
    this.stop()
    this.#sink.end()
  }

  /** Stops without a word: the client is gone. */
  stop(): void {
    for (const ending of this.#endings.splice(0)) ending()
  }

  /** Sends nothing more and leaves the connection open. */
  silence(): void {
    this.stop()
    this.#silent = true
  }

  /** Sends an ERROR event, then ends. */
  fail(error: ApiError): void {
    this.#send(line('ERROR', JSON.stringify(error.body)))
    this.end()
  }

  failWith(code: number): void {
    this.fail(ordered(code))
  }

  /** Sends a line that is none of the protocol's. */
  garbage(text: string): void {
    this.#send(`${text}\n`)
  }

  #start(expiredAsStatus: boolean): void {
    const { resource, query } = this.route
    const from = numberIn(query, 'resourceVersion') ?? 0
    const initialEvents = isTrue(query.get('sendInitialEvents'))
    if (from === 0 || initialEvents) {
      this.#sendAll(this.#store.list(resource).filter(({ object }) => this.#matches(object)))
      if (initialEvents) this.#send(bookmark(resource, this.#store.version, { 'k8s.io/initial-events-end': 'true' }))
    } else {
      try {
        for (const change of this.#store.changesSince(resource, from)) this.#sendChange(change)
      } catch (error) {
        if (expiredAsStatus) throw error
        // Later, when the timers that ending stops are there.
        setImmediate(() => this.fail(asApiError(error)))
        return
      }
    }
    this.#endings.push(
      this.#store.subscribe((change) => {
        if (change.resource === resource && change.version > from) this.#sendChange(change)
      }),
    )
  }

  /** Some objects per write: one text of all would be tens of megabytes. */
  #sendAll(objects: readonly Stored[]): void {
    for (let start = 0; start < objects.length; start += 500) {
      const chunk = objects.slice(start, start + 500)
      this.#send(chunk.map((stored) => eventLine(this.route.resource, 'ADDED', stored)).join(''))
    }
  }

  /** An object that begins or ceases to match appears as added or deleted. */
  #sendChange({ type, resource, stored, before, version }: Change): void {
    const matches = this.#matches(stored.object)
    if (type !== 'MODIFIED' || before === undefined) {
      if (matches) this.#send(eventLine(resource, type, stored))
      return
    }
    const matched = this.#matches(before.object)
    if (matches) this.#send(eventLine(resource, matched ? 'MODIFIED' : 'ADDED', stored))
    else if (matched) this.#send(eventLine(resource, 'DELETED', atVersion(before, version)))
  }

  #send(lines: string): void {
    if (!this.#silent && lines !== '') this.#sink.write(lines)
  }

  #every(milliseconds: number, action: () => void): void {
    const timer = setInterval(action, milliseconds)
    this.#endings.push(() => clearInterval(timer))
  }
}

const checkInitialEvents = ({ query }: Route, { refuseInitialEvents }: FaultSettings): void => {
  if (!query.has('sendInitialEvents')) return
  if (refuseInitialEvents !== undefined) throw ordered(refuseInitialEvents)
  if (query.get('resourceVersionMatch') === 'NotOlderThan') return
  throw invalid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
}

const bookmark = ({ kind, apiVersion }: Resource, version: number, annotations?: JsonObject): string => {
  const metadata = { resourceVersion: String(version), ...(annotations !== undefined && { annotations }) }
  return line('BOOKMARK', JSON.stringify({ kind, apiVersion, metadata }))
}

const eventLine = ({ kind, apiVersion }: Resource, type: string, { json }: Stored): string =>
  line(type, `{"kind":"${kind}","apiVersion":"${apiVersion}",${json.slice(1)}`)

const line = (type: string, object: string): string => `{"type":"${type}","object":${object}}\n`
