/** What client-node's configuration says about one request, as options of node:https. */
import { Agent as HttpAgent } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js'

/** Options for requests to one server, by one agent for as long as the certificates stay the same. */
export class Credentials {
  #agent: Agent | HttpAgent | undefined
  #identity: object = {}

  /** @param target path and query, such as `/api/v1/services?limit=500` */
  async optionsFor(config: KubeConfig, target: string): Promise<RequestOptions> {
    const cluster = config.getCurrentCluster()
    if (cluster === null) throw new TypeError('the configuration names no cluster')
    // Said by us: an environment variable (NODE_TLS_REJECT_UNAUTHORIZED) would tell node:tls to believe everybody. A kubeconfig may.
    const credentials: RequestOptions = { headers: {}, rejectUnauthorized: true }
    // Reads the files anew: certificates and tokens change while we run.
    await config.applyToHTTPSOptions(credentials)
    const url = new URL(cluster.server)
    // A proxy needs an agent of its own kind, which client-node has made.
    const agent = cluster.proxyUrl ? credentials.agent : this.#agentFor(url.protocol, credentials)
    const path = `${url.pathname.replace(/\/$/, '')}${target}`
    return { ...urlToHttpOptions(url), auth: credentials.auth ?? null, path, agent, headers: trimmed(credentials.headers) }
  }

  close(): void {
    this.#agent?.destroy()
  }

  #agentFor(protocol: string, { ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Agent | HttpAgent {
    const given = { ca, cert, key, servername, rejectUnauthorized }
    // An undefined option is not the same to node:tls as a missing one.
    const identity = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    if (this.#agent !== undefined && isDeepStrictEqual({ protocol, ...identity }, this.#identity)) return this.#agent
    // What the old agent is still serving goes on; its idle connections would be authenticated as somebody we are no more.
    for (const sockets of Object.values(this.#agent?.freeSockets ?? {})) for (const socket of sockets ?? []) socket.destroy()
    this.#identity = { protocol, ...identity }
    this.#agent = protocol === 'http:' ? new HttpAgent({ keepAlive: true }) : new Agent({ keepAlive: true, ...identity })
    return this.#agent
  }
}

/** Token files end in a newline when people write them; a header may not. */
const trimmed = (headers: RequestOptions['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).trim()]))
