/** One watch, as the messages that come over it. */
import { type Api, requireSuccess } from './api.ts'
import { Failure } from './failure.ts'
import { LineSplitter } from './lines.ts'
import { parseMessage, type WatchMessage } from './messages.ts'
import type { WatchedResource } from './resource.ts'

export interface WatchRequest {
  readonly resource: WatchedResource
  /** The version to go on from; undefined asks for everything that exists first (KEP-3157, streaming lists). */
  readonly version: string | undefined
  readonly seconds: number
  readonly signal: AbortSignal
  /** The server has agreed to watch. */
  readonly onAnswer: () => void
}

/**
 * The messages, as many at a time as arrived together; none is a sign of life. Ends when the server ends the watch.
 * @throws Failure for a refusal, a broken connection, or bytes that are no messages; those before them are still given
 */
export async function* watchMessages(api: Api, request: WatchRequest): AsyncGenerator<readonly WatchMessage[]> {
  const { resource, signal, onAnswer } = request
  const response = await requireSuccess(await api.request({ path: resource.path, query: queryOf(request), gzip: false, signal }))
  onAnswer()
  const splitter = new LineSplitter()
  for await (const chunk of response.body) {
    const { messages, error } = parseChunk(splitter, chunk)
    yield messages
    if (error !== undefined) throw error
  }
  if (splitter.unfinished) throw new Failure('network', 'the connection ended within a line')
}

const queryOf = ({ resource, version, seconds }: WatchRequest): Record<string, string> => ({
  watch: 'true',
  allowWatchBookmarks: 'true',
  timeoutSeconds: String(seconds),
  ...resource.selectors,
  ...(version === undefined ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } : { resourceVersion: version }),
})

const parseChunk = (splitter: LineSplitter, chunk: Buffer): { messages: readonly WatchMessage[]; error?: unknown } => {
  const messages: WatchMessage[] = []
  try {
    for (const line of splitter.push(chunk)) messages.push(parseMessage(line))
    return { messages }
  } catch (error) {
    return { messages, error }
  }
}
