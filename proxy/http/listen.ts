/** A small HTTP server for probes and scrapers: GET and HEAD only, and bounded in time, size and connections, since anyone may reach it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { hasCode, reasonOf } from '#kernel/errno.ts'
import type { IpAddress } from '#net/address.ts'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  /** Beside content-type, content-length and cache-control. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What is asked, as far as answers depend on it. */
export interface Question {
  /** The header `Accept`; empty when there is none. */
  readonly accept: string
}

export type Route = (question: Question) => Answer | Promise<Answer>

/** What each path answers; one route alone answers every path. */
export type Routes = Readonly<Record<string, Route>>

export interface Listener {
  /** The port that is listened on: a given one, or the one the kernel chose for 0. */
  readonly port: number
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

export interface ListenSettings {
  /** undefined = all addresses. */
  readonly address: IpAddress | undefined
  readonly port: number
  readonly routes: Routes | Route
}

/** A server that could not listen. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 30_000,
  // A timer of each server, of which a node may have hundreds.
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8_192,
}
const MAX_CONNECTIONS = 256

/** Starts a server. @throws ListenError `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES` … when it cannot listen there */
export const listen = async ({ address, port, routes }: ListenSettings): Promise<Listener> => {
  const server = createServer(LIMITS, (request, response) => void answer({ routes, request, response }))
  preferNewest(server)
  await listening(server, { address, port })
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

/**
 * Beyond the limit the oldest connection makes room for the newest: were new ones refused, whoever holds many open would keep the kubelet's
 * probes out, and have the proxy restarted for it.
 */
const preferNewest = (server: Server): void => {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    if (open.size <= MAX_CONNECTIONS) return
    const [oldest] = open
    oldest?.destroy()
  })
}

const listening = (server: Server, { address, port }: Pick<ListenSettings, 'address' | 'port'>): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const where = address === undefined ? `port ${port}` : `${address} port ${port}`
      const code = hasCode(error, 'EADDRINUSE') ? 'EADDRINUSE' : 'code' in error ? String(error.code) : 'EUNKNOWN'
      reject(new ListenError(`cannot listen on ${where}: ${reasonOf(error)}`, code))
    }
    server.once('error', fail)
    server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => {
      server.off('error', fail)
      resolve()
    })
  })

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

interface Exchange {
  readonly routes: Routes | Route
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const answer = async ({ routes, request, response }: Exchange): Promise<void> => {
  const { status, type, body, headers: more = {} } = await answerTo(routes, request)
  const { bytes, encoding } = await encoded(body, request)
  const headers = { 'content-type': type, 'content-length': bytes.length, 'cache-control': 'no-store', ...encoding, ...more }
  // What came with another method may have a body that nobody reads: the connection is not used again.
  response.writeHead(status, status === 405 ? { ...headers, allow: 'GET, HEAD', connection: 'close' } : headers)
  response.end(bytes)
}

/** Below this, compressing saves nothing that anybody would notice. */
const COMPRESSED_FROM = 65_536

const compress = promisify(gzip)

/** Big answers, which are those to scrapers, are compressed for whoever takes that: on another thread, so that nobody waits. */
const encoded = async (body: string, { headers }: IncomingMessage): Promise<{ bytes: Buffer; encoding: Record<string, string> }> => {
  const bytes = Buffer.from(body)
  if (bytes.length < COMPRESSED_FROM || !/\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))) return { bytes, encoding: {} }
  try {
    return { bytes: await compress(bytes, { level: 1 }), encoding: { 'content-encoding': 'gzip' } }
  } catch {
    // Short of memory, as a rule: the answer is no worse for being long.
    return { bytes, encoding: {} }
  }
}

const answerTo = async (routes: Routes | Route, { method, url = '/', headers }: IncomingMessage): Promise<Answer> => {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Method Not Allowed\n')
  const route = typeof routes === 'function' ? routes : routeAt(routes, url)
  if (route === undefined) return plain(404, 'Not Found\n')
  try {
    return await route({ accept: headers.accept ?? '' })
  } catch (error) {
    return plain(500, `${error instanceof Error ? error.message : String(error)}\n`)
  }
}

const routeAt = (routes: Routes, url: string): Route | undefined => {
  const path = url.split(/[?#]/, 1)[0] ?? '/'
  return Object.hasOwn(routes, path) ? routes[path] : undefined
}

/** An answer of plain text. */
export const plain = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })
