/** The HTTP that lists and watches need of an API server, as a value. */
import { Failure, failureOfStatus } from './failure.ts'
import { parseJson } from './messages.ts'

export interface ApiRequest {
  /** GET unless something is written. */
  readonly write?: ApiWrite
  /** Such as /api/v1/services. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Ask for a compressed answer: in lists only, it would hold back a watch's small messages. */
  readonly gzip: boolean
  /** Ends the request, and the answer, at any time. */
  readonly signal: AbortSignal
}

/** A change of an object. */
export interface ApiWrite {
  readonly method: 'POST' | 'PATCH'
  /** `application/json`, or the kind of patch. */
  readonly type: string
  readonly body: string
}

export interface ApiResponse {
  readonly status: number
  readonly retryAfterSeconds: number | undefined
  /** Not compressed any more. */
  readonly body: AsyncIterable<Buffer>
}

export interface Api {
  /** @throws Failure `network` without an answer, or the signal's reason */
  request(request: ApiRequest): Promise<ApiResponse>
  /** Reads credentials and certificates anew for the next request. */
  reload(): void
  close(): void
}

const ERROR_BYTES = 1 << 20

/** A response whose status is 200. @throws Failure for every other one, with what the server says */
export const requireSuccess = async (response: ApiResponse): Promise<ApiResponse> => {
  if (response.status === 200) return response
  const text = await readText(response.body, ERROR_BYTES).catch(() => '')
  throw failureOfStatus(jsonOrNothing(text), response.status, response.retryAfterSeconds)
}

/** A whole body as text. @throws Failure `garbage` when it is longer than `limit` bytes */
export const readText = async (body: AsyncIterable<Buffer>, limit: number, onChunk: () => void = () => {}): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    onChunk()
    size += chunk.length
    if (size > limit) throw new Failure('garbage', `an answer is longer than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

const jsonOrNothing = (text: string): unknown => {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
