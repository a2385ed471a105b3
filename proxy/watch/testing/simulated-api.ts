/** An API server for unit tests: each request waits until the test answers it. */
import type { Api, ApiRequest, ApiResponse } from '../api.ts'
import { Failure } from '../failure.ts'

/** A request that has come, and what the test does with it. */
export interface SimulatedCall {
  readonly request: ApiRequest
  /** Answers with a status, and an empty body unless `send` follows. */
  answer(status?: number, retryAfterSeconds?: number): void
  /** Sends watch messages, as lines in one chunk. */
  send(...messages: readonly object[]): void
  /** Sends bytes as they are. */
  sendRaw(text: string): void
  /** Ends the body cleanly. */
  end(): void
  /** Breaks the connection. */
  break(): void
}

export class SimulatedApi implements Api {
  readonly calls: SimulatedCall[] = []
  reloads = 0
  closed = false

  request(request: ApiRequest): Promise<ApiResponse> {
    return new Promise((resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true })
      const body = new TransformStream<Buffer, Buffer>(undefined, undefined, { highWaterMark: 100 })
      const writer = body.writable.getWriter()
      writer.closed.catch(() => {})
      const write = (text: string): void => void writer.write(Buffer.from(text)).catch(() => {})
      request.signal.addEventListener('abort', () => void writer.abort(request.signal.reason).catch(() => {}), { once: true })
      this.calls.push({
        request,
        answer: (status = 200, retryAfterSeconds) => resolve({ status, retryAfterSeconds, body: body.readable }),
        send: (...messages) => write(messages.map((message) => `${JSON.stringify(message)}\n`).join('')),
        sendRaw: write,
        end: () => void writer.close().catch(() => {}),
        break: () => {
          const failure = new Failure('network', 'read ECONNRESET')
          reject(failure)
          writer.abort(failure).catch(() => {})
        },
      })
    })
  }

  reload(): void {
    this.reloads += 1
  }

  close(): void {
    this.closed = true
  }

  /** The latest request. */
  get last(): SimulatedCall {
    const call = this.calls.at(-1)
    if (call === undefined) throw new Error('there was no request')
    return call
  }
}
