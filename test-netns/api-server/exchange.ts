/** One HTTP exchange: reading a JSON body, answering with JSON or a Status. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type ApiError, badRequest, tooLarge } from './status.ts'

const BODY_BYTES = 3 << 20

/** The request's JSON body; undefined when it is empty. @throws ApiError 400 or 413 */
export const readJson = async (request: IncomingMessage, limit = BODY_BYTES): Promise<unknown> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > limit) throw tooLarge()
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch (error) {
    throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

export const sendJson = (response: ServerResponse, body: unknown, code = 200): void => sendText(response, `${JSON.stringify(body)}\n`, code)

/** Answers with JSON text. */
export const sendText = (response: ServerResponse, text: string, code = 200): void => {
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Answers with an error's Status. Before the head is sent, that is; a started answer can only be broken off. */
export const sendError = (response: ServerResponse, error: ApiError): void => {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { retryAfterSeconds } = error.details
  if (typeof retryAfterSeconds === 'number') response.setHeader('retry-after', String(retryAfterSeconds))
  sendJson(response, error.body, error.code)
}

/** Lists above this many characters are compressed for those who accept it, as real servers do. */
const GZIP_FROM = 128 << 10

export interface ListStyle {
  readonly acceptsGzip: boolean
  readonly slow: { readonly bytes: number; readonly milliseconds: number } | undefined
}

/** Answers with a list, compressed or slowly when that is asked for. */
export const sendList = async (response: ServerResponse, text: string, { acceptsGzip, slow }: ListStyle): Promise<void> => {
  response.setHeader('content-type', 'application/json')
  const compressed = acceptsGzip && text.length > GZIP_FROM
  if (compressed) response.setHeader('content-encoding', 'gzip')
  const body = compressed ? await promisify(gzip)(text, { level: 1 }) : Buffer.from(text)
  for (let start = 0; slow !== undefined && start < body.length && !response.destroyed; start += slow.bytes) {
    await sleep(slow.milliseconds)
    response.write(body.subarray(start, start + slow.bytes))
  }
  response.end(slow === undefined ? body : undefined)
}
