/** A list in chunks (Kubernetes API concepts, "Retrieving large results sets in chunks"). */
import { type Api, readText, requireSuccess } from './api.ts'
import { Failure } from './failure.ts'
import { fieldsOf, isFields, textOf } from './fields.ts'
import { parseJson } from './messages.ts'
import type { WatchedResource } from './resource.ts'

export interface Page {
  readonly items: readonly unknown[]
  /** The version of the whole list. */
  readonly version: string
}

export interface PageRequest {
  readonly resource: WatchedResource
  readonly signal: AbortSignal
  /** A sign of life: bytes have come. */
  readonly onBytes: () => void
  /** The server has answered. */
  readonly onAnswer: () => void
}

const PAGE_OBJECTS = '500'
/** Servers that serve lists from their cache ignore the limit: a page can be everything. */
const PAGE_BYTES = 512 << 20

/** All pages of one consistent list. @throws Failure; `expired` when the list takes so long that its version is forgotten */
export async function* listPages(api: Api, { resource, signal, onBytes, onAnswer }: PageRequest): AsyncGenerator<Page> {
  let next = ''
  do {
    const query = { limit: PAGE_OBJECTS, ...resource.selectors, ...(next !== '' && { continue: next }) }
    const response = await requireSuccess(await api.request({ path: resource.path, query, gzip: true, signal }))
    onAnswer()
    const { items, metadata } = fieldsOf(parseJson(await readText(response.body, PAGE_BYTES, onBytes)))
    if (!isFields(metadata) || !(Array.isArray(items) || items === null))
      throw new Failure('garbage', `the answer is no list of ${resource.name}`)
    yield { items: items ?? [], version: textOf(metadata.resourceVersion) }
    next = textOf(metadata.continue)
  } while (next !== '')
}
