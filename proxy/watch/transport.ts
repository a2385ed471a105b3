/** Requests to the API server over node:https: the edge to the network. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import type { Api, ApiRequest, ApiResponse } from './api.ts'
import { type Clock, machineDate } from './clock.ts'
import { Credentials } from './credentials.ts'
import { Failure } from './failure.ts'
import { type ConnectionSettings, loadConfig } from './kubeconfig.ts'

/** TCP and TLS together. */
const CONNECT_MILLISECONDS = 10_000
/** The kernel asks a silent peer after so long, then every second, ten times (libuv's uv_tcp_keepalive). */
const KEEP_ALIVE_MILLISECONDS = 15_000

/** More than two looks at two clocks take, less than any credential lives. */
const CLOCK_SET_MILLISECONDS = 5_000

/** @param date the machine's own clock: milliseconds since the epoch @throws TypeError when the configuration cannot be used */
export const openApi = (settings: ConnectionSettings, clock: Clock, date: () => number = machineDate): Api => {
  const credentials = new Credentials()
  let config: KubeConfig | undefined = loadConfig(settings)
  let ahead = date() - clock.now()
  /** client-node tells by the machine's clock when a token is due: one that is set back would keep it for as long as that. */
  const forgetWhenSet = (): void => {
    const now = date() - clock.now()
    if (Math.abs(now - ahead) > CLOCK_SET_MILLISECONDS) config = undefined
    ahead = now
  }
  const optionsFor = async (request: ApiRequest): Promise<RequestOptions> => {
    forgetWhenSet()
    config ??= loadConfig(settings)
    return credentials.optionsFor(config, `${request.path}?${new URLSearchParams(request.query)}`)
  }
  return {
    request: async (request) => {
      const options = await unlessAborted(optionsFor(request), request.signal)
      return answerOf(await send(options, request, clock))
    },
    reload: () => {
      config = undefined
    },
    close: () => credentials.close(),
  }
}

const send = (options: RequestOptions, { write, gzip, signal }: ApiRequest, clock: Clock): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = {
      ...options.headers,
      accept: 'application/json',
      'accept-encoding': gzip ? 'gzip' : 'identity',
      'user-agent': 'selvedge',
      ...(write && { 'content-type': write.type, 'content-length': Buffer.byteLength(write.body) }),
    }
    const start = options.protocol === 'http:' ? httpRequest : httpsRequest
    const request = start({ ...options, method: write?.method ?? 'GET', headers, signal }, resolve)
    request.once('socket', (socket) => watchOver(socket, clock))
    request.once('error', (cause) => reject(networkFailure(cause, options.host ?? options.hostname ?? '')))
    request.end(write?.body)
  })

/** Gives a connection up that takes too long to come about, and has the kernel watch over it afterwards. */
const watchOver = (socket: Socket, clock: Clock): void => {
  socket.setKeepAlive(true, KEEP_ALIVE_MILLISECONDS)
  if (!socket.connecting) return
  const tooLate = (): void => void socket.destroy(new Error(`no connection within ${CONNECT_MILLISECONDS} ms`))
  const callOff = clock.after(CONNECT_MILLISECONDS, tooLate)
  for (const event of ['secureConnect', 'close']) socket.once(event, callOff)
}

const answerOf = (response: IncomingMessage): ApiResponse => {
  const retryAfter = Number.parseInt(response.headers['retry-after'] ?? '', 10)
  return {
    status: response.statusCode ?? 0,
    retryAfterSeconds: Number.isNaN(retryAfter) ? undefined : retryAfter,
    body: bodyOf(response),
  }
}

async function* bodyOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  const compressed = response.headers['content-encoding'] === 'gzip'
  // The pipeline's own callback has nothing to add: the iteration below meets the same error.
  const stream = compressed ? pipeline(response, createGunzip(), () => {}) : response
  try {
    for await (const chunk of stream) yield chunk
  } catch (cause) {
    throw networkFailure(cause)
  }
}

/** `promise`, but no longer than until the signal aborts: a credential program may hang for ever. */
const unlessAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } catch (cause) {
    throw signal.aborted ? cause : new Failure('network', `credentials: ${cause instanceof Error ? cause.message : cause}`, { cause })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** OpenSSL's verdicts on a server's certificate, as Node names them. @see node.js, tls, "X509 certificate error codes" */
const UNTIMELY: readonly unknown[] = ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']
const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_\w+)$/

const networkFailure = (cause: unknown, host = ''): Failure => {
  if (!(cause instanceof Error)) return new Failure('network', String(cause), { cause })
  return new Failure('network', explanationOf(cause, 'code' in cause ? String(cause.code) : '', host), { cause })
}

const explanationOf = ({ message }: Error, code: string, host: string): string => {
  // Whose clock is wrong, the certificate's maker's or this machine's, people see by the time.
  if (UNTIMELY.includes(code))
    return `the certificate of ${host} does not hold at ${new Date(machineDate()).toISOString()}, the time of this machine: ${message}`
  if (UNTRUSTED.test(code)) return `the certificate of ${host} is not trusted (certificate-authority of the configuration): ${message}`
  return message
}
