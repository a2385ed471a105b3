/** The API server: connections, callers, and what is done to them before they are served. */
import { createServer as createPlainServer, type RequestListener } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Backend, type Exchange } from './backend.ts'
import { callerOf, checkAllowed, isAdmin } from './caller.ts'
import { USERS } from './certificates.ts'
import { readJson, sendError, sendJson } from './exchange.ts'
import { type FaultOrder, Faults } from './faults.ts'
import { isObject } from './objects.ts'
import { parseRoute, type Route } from './route.ts'
import { asApiError, badRequest, forbidden, noSuchPath, ordered } from './status.ts'

/** A request as `GET /requests` shows it. */
export interface RequestRecord {
  readonly verb: string
  readonly resource: string
  readonly user: string
  readonly query: Readonly<Record<string, string>>
  readonly acceptEncoding: string
}

/** What `GET /requests` answers: the latest requests over the network, and the resources watched now. */
export interface Traffic {
  readonly requests: readonly RequestRecord[]
  readonly watched: readonly string[]
}

export interface Credentials {
  readonly ca: Buffer
  readonly cert: Buffer
  readonly key: Buffer
}

const RECORDS = 2000
const LOAD_BYTES = 256 << 20

export class ApiServer {
  readonly #backend: Backend
  readonly #faults = new Faults()
  readonly #connections = new Set<Socket>()
  readonly #tls: ServerOptions
  #records: RequestRecord[] = []

  /** @param now the time as RFC 3339 text */
  constructor(credentials: Credentials, now: () => string) {
    // Without a certificate the answer is 401, not a broken handshake.
    this.#tls = { ...credentials, requestCert: true, rejectUnauthorized: false }
    this.#backend = new Backend(now)
  }

  /** Listens where clients come from; faults apply to them. */
  listen(host: string, port: number): Promise<void> {
    const server = createServer(this.#tls, this.#listener(false))
    server.on('connection', (socket: Socket) => this.#admit(socket))
    return listening(server, { host, port })
  }

  /**
   * Listens on a Unix socket, which reaches into every network namespace and knows no faults. Whoever may open it is the administrator, and
   * speaks HTTP: a TLS handshake is most of what a change costs an emulated machine.
   */
  listenForControl(path: string): Promise<void> {
    return listening(createPlainServer(this.#listener(true)), { path })
  }

  #listener(control: boolean): RequestListener {
    return (request, response) => {
      this.#handle({ request, response }, control).catch((error) => sendError(response, asApiError(error)))
    }
  }

  #admit(socket: Socket): void {
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
    if (this.#faults.settings.refuse === true) socket.resetAndDestroy()
  }

  async #handle(exchange: Exchange, control: boolean): Promise<void> {
    const { request, response } = exchange
    const caller = control ? USERS.admin.name : callerOf(request, this.#faults.settings.tokens ?? [])
    const url = new URL(request.url ?? '/', 'https://server')
    const method = request.method ?? 'GET'
    if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) return sendJson(response, 'ok')
    if (CONTROL_PATHS.includes(url.pathname)) {
      if (!isAdmin(caller)) throw forbidden(caller, `use ${url.pathname}`)
      return this.#control(`${method} ${url.pathname}`, exchange)
    }
    const route = parseRoute(method, url)
    if (!control) await this.#disturb(route, this.#record(route, exchange, caller))
    checkAllowed(caller, route.verb, route.resource.plural)
    await this.#backend.serve(route, exchange, control ? {} : this.#faults.settings)
  }

  async #control(call: string, { request, response }: Exchange): Promise<void> {
    if (call === 'GET /faults') return sendJson(response, this.#faults.settings)
    if (call === 'GET /requests') return sendJson(response, { requests: this.#records, watched: this.#backend.watched } satisfies Traffic)
    const body = await readJson(request, LOAD_BYTES)
    if (call === 'POST /load' && Array.isArray(body)) for (const object of body) this.#backend.load(object)
    else if (call === 'POST /faults' && isObject(body)) this.#order(body)
    else if (call === 'DELETE /requests') this.#records = []
    else throw request.method === 'POST' ? badRequest('POST /faults takes an object, POST /load a list of objects') : noSuchPath()
    sendJson(response, {})
  }

  #order(order: FaultOrder): void {
    this.#faults.set(order)
    this.#backend.disturb(order)
    if (order.cut === true) for (const socket of this.#connections) socket.resetAndDestroy()
  }

  async #disturb({ verb, resource }: Route, record: RequestRecord): Promise<void> {
    this.#records = [...this.#records.slice(-RECORDS), record]
    const { delayMilliseconds } = this.#faults.settings
    if (delayMilliseconds !== undefined) await sleep(delayMilliseconds)
    const answer = this.#faults.take(verb, resource.plural)
    if (answer !== undefined) throw ordered(answer.status, answer.retryAfterSeconds)
  }

  #record({ verb, resource, query }: Route, { request }: Exchange, user: string): RequestRecord {
    const acceptEncoding = String(request.headers['accept-encoding'] ?? '')
    return { verb, resource: resource.plural, user, query: Object.fromEntries(query), acceptEncoding }
  }
}

const CONTROL_PATHS = ['/faults', '/requests', '/load']

const listening = (server: Server, where: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => resolve())
  })
