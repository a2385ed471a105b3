/** Lists: chunks with limit and continue, each chunk of the same snapshot, as etcd serves them. */
import type { Resource } from './resources.ts'
import { numberIn, type Route } from './route.ts'
import { selection } from './selectors.ts'
import { badRequest, expired, versionTooLarge } from './status.ts'
import type { Store, Stored } from './store.ts'

/** The snapshots that continue tokens refer to. */
export class Lister {
  readonly #store: Store
  readonly #snapshots = new Map<string, readonly Stored[]>()

  constructor(store: Store) {
    this.#store = store
  }

  /** The answer's JSON text. @throws ApiError 400, 410 for a forgotten snapshot, 504 for a version from the future */
  list({ resource, namespace, query }: Route): string {
    const start = this.#startOf(resource, query)
    const matches = selection(resource, namespace, query)
    const limit = numberIn(query, 'limit') || Number.POSITIVE_INFINITY
    const selected = start.objects.slice(start.index).filter(({ object }) => matches(object))
    const chunk = selected.slice(0, limit)
    const rest = selected.length - chunk.length
    const last = chunk.at(-1)
    const next = rest > 0 && last !== undefined ? { version: start.version, index: start.objects.indexOf(last) + 1 } : undefined
    if (next !== undefined) this.#keep(resource, next.version, start.objects)
    return listText(resource, { version: start.version, chunk, next: next && tokenOf(next), rest })
  }

  /** Forgets all snapshots: their tokens get 410. */
  compact(): void {
    this.#snapshots.clear()
  }

  #startOf(resource: Resource, query: URLSearchParams): Position & { objects: readonly Stored[] } {
    const token = query.get('continue') ?? ''
    if (token === '') {
      this.#checkVersion(numberIn(query, 'resourceVersion') ?? 0)
      return { version: this.#store.version, index: 0, objects: this.#store.list(resource) }
    }
    const position = parseToken(token)
    const objects = this.#snapshots.get(`${resource.plural} ${position.version}`)
    if (objects === undefined) throw expired('The provided continue parameter is too old to display a consistent list result.')
    return { ...position, objects }
  }

  #checkVersion(asked: number): void {
    if (asked > this.#store.version) throw versionTooLarge(asked, this.#store.version)
  }

  #keep(resource: Resource, version: number, objects: readonly Stored[]): void {
    this.#snapshots.set(`${resource.plural} ${version}`, objects)
    const [oldest] = this.#snapshots.keys()
    if (this.#snapshots.size > SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest)
  }
}

const SNAPSHOTS = 32

interface Position {
  readonly version: number
  /** Of the first object of the next chunk, in the snapshot. */
  readonly index: number
}

const tokenOf = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url')

const parseToken = (token: string): Position => {
  try {
    const { version, index } = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Number.isInteger(version) && Number.isInteger(index)) return { version, index }
  } catch {
    // Falls through to the one refusal for every malformed token.
  }
  throw badRequest('continue key is not valid')
}

interface Chunk {
  readonly version: number
  readonly chunk: readonly Stored[]
  readonly next: string | undefined
  readonly rest: number
}

const listText = ({ kind, apiVersion }: Resource, { version, chunk, next, rest }: Chunk): string => {
  const metadata = { resourceVersion: String(version), ...(next !== undefined && { continue: next, remainingItemCount: rest }) }
  const head = JSON.stringify({ kind: `${kind}List`, apiVersion, metadata })
  return `${head.slice(0, -1)},"items":[${chunk.map(({ json }) => json).join()}]}\n`
}
