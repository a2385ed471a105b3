/** One Event to the API server: created, or counted up where it is already. */
import type { Api, ApiResponse, ApiWrite } from '../watch/api.ts'
import { readText } from '../watch/api.ts'
import { fieldsOf } from '../watch/fields.ts'
import { parseJson } from '../watch/messages.ts'
import { type EventFacts, eventName, eventNamespace, eventObject, eventPatch } from './event.ts'

/** What became of it. */
export type Sent =
  /** It is there; `count` is what the server holds now. */
  | { readonly result: 'sent'; readonly count: number }
  /** We may not write Events. */
  | { readonly result: 'forbidden'; readonly reason: string }
  /** It never will be: its namespace is gone, or the server finds it wrong. */
  | { readonly result: 'refused'; readonly reason: string }
  /** Perhaps later. */
  | { readonly result: 'failed'; readonly reason: string }

/** @param known whether the Event was there before @returns never rejects */
export type SendEvent = (facts: EventFacts, known: boolean) => Promise<Sent>

const LIMIT_MILLISECONDS = 10_000
const ANSWER_BYTES = 1 << 20

/** @param after runs an action later and returns the way to call it off; milliseconds */
export const createSendEvent = (api: Api, after: (milliseconds: number, action: () => void) => () => void): SendEvent => {
  const ask = async (path: string, write: ApiWrite): Promise<Answered> => {
    const ending = new AbortController()
    const callOff = after(LIMIT_MILLISECONDS, () => ending.abort(new Error(`no answer within ${LIMIT_MILLISECONDS} ms`)))
    try {
      const answer = await answered(await api.request({ path, query: {}, gzip: false, signal: ending.signal, write }))
      if (answer.status === 401) api.reload()
      return answer
    } catch (error) {
      // It may be the certificates that do not fit any more.
      api.reload()
      return { status: 0, text: error instanceof Error ? error.message : String(error) }
    } finally {
      callOff()
    }
  }
  const create = (facts: EventFacts): Promise<Answered> =>
    ask(collection(facts), { method: 'POST', type: 'application/json', body: JSON.stringify(eventObject(facts)) })
  const patch = (facts: EventFacts, change: object): Promise<Answered> =>
    ask(`${collection(facts)}/${eventName(facts)}`, { method: 'PATCH', type: 'application/merge-patch+json', body: JSON.stringify(change) })

  return async (facts, known) => {
    const first = known ? await patch(facts, eventPatch(facts)) : await create(facts)
    if (known && first.status === 404) return sentOf(await create(facts), facts)
    if (known || first.status !== 409) return sentOf(first, facts)
    // Another node, or we before a restart, said the same: its count stands.
    const { count, ...rest } = eventPatch(facts)
    return sentOf(await patch(facts, rest), facts)
  }
}

interface Answered {
  /** 0 = there was none. */
  readonly status: number
  readonly text: string
}

const answered = async ({ status, body }: ApiResponse): Promise<Answered> => ({ status, text: await readText(body, ANSWER_BYTES) })

const collection = ({ service }: EventFacts): string => `/api/v1/namespaces/${encodeURIComponent(eventNamespace(service.key))}/events`

const sentOf = ({ status, text }: Answered, facts: EventFacts): Sent => {
  const reason = `${status === 0 ? '' : `${status} `}${text}`.slice(0, 300)
  if (status >= 200 && status < 300) return { result: 'sent', count: countIn(text) ?? facts.count }
  if (status === 403) return { result: isEnding(text) ? 'refused' : 'forbidden', reason }
  // 404: no such namespace.
  if ([400, 404, 409, 413, 422].includes(status)) return { result: 'refused', reason }
  return { result: 'failed', reason }
}

/** A namespace that is going takes nothing new: core/v1 NamespaceTerminatingCause. */
const isEnding = (text: string): boolean => text.includes('NamespaceTerminating') || text.includes('is being terminated')

const countIn = (text: string): number | undefined => {
  try {
    const { count } = fieldsOf(parseJson(text))
    return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : undefined
  } catch {
    return undefined
  }
}
