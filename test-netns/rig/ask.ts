/** Clients: what somebody inside a namespace gets when they ask a server of the rig. */
import { join } from 'node:path'
import type { EchoReply } from './echo.ts'
import type { NetNamespace } from './namespace.ts'

/** Why there was no answer. */
export type Failure = 'refused' | 'timeout' | 'unreachable' | 'reset'

export interface AskOptions {
  /** Seconds for each answer; default 5. */
  readonly timeout?: number
  /** The client's own port. */
  readonly sourcePort?: number
  /** The client's own address or device. */
  readonly source?: string
}

/** curl's exit codes. 7 is all of "could not connect": its verbose text tells refused from unreachable. */
const CURL_FAILURES: Readonly<Record<number, Failure>> = { 28: 'timeout', 52: 'reset', 56: 'reset' }

/** One HTTP request: `ask(client, 'http://10.96.0.10:80/')` gives `{ name: 'pod-a', client: '192.168.50.11', clientPort: 40312 }` or `'refused'`. */
export const ask = (namespace: NetNamespace, url: string, options: AskOptions = {}): EchoReply | Failure => {
  const { exitCode, stdout, stderr } = namespace.attempt('curl', ...curlParameters(options), url)
  if (exitCode === 0) return echoOf(url, stdout)
  if (exitCode === 7) return stderr.includes('Connection refused') ? 'refused' : 'unreachable'
  const failure = CURL_FAILURES[exitCode ?? -1]
  if (failure === undefined) throw new Error(`curl ${url} ended with ${exitCode}: ${stderr}`)
  return failure
}

const echoOf = (url: string, body: string): EchoReply => {
  if (!body.startsWith('{')) throw new Error(`no server of the rig answers at ${url}: ${body.slice(0, 200)}`)
  return JSON.parse(body)
}

/** How many of `times` requests, each a new connection, every server answered: `{ 'pod-a': 5, 'pod-b': 5 }`. @throws ExecaSyncError when one fails */
export const askMany = (namespace: NetNamespace, url: string, times: number, options: AskOptions = {}): Record<string, number> =>
  countNames(namespace.exec('curl', ...curlParameters(options), `${url}?[1-${times}]`))

const curlParameters = ({ timeout = 5, sourcePort, source }: AskOptions): string[] => [
  ...['--silent', '--verbose', '--fail', '--noproxy', '*', '--max-time', String(timeout)],
  ...(sourcePort === undefined ? [] : ['--local-port', String(sourcePort)]),
  ...(source === undefined ? [] : ['--interface', source]),
]

/** One datagram. */
export const askUdp = (namespace: NetNamespace, address: string, port: number, options: AskOptions = {}): EchoReply | Failure =>
  udpReply(udp(namespace, { address, port, times: 1, ...options }))

/** How many of `times` datagrams, each from a port of its own unless one is given, every server answered. @throws Error when one stays unanswered */
export const askUdpMany = (
  namespace: NetNamespace,
  address: string,
  port: number,
  options: AskOptions & { times: number },
): Record<string, number> => countNames(udp(namespace, { address, port, ...options }))

interface UdpQuestion extends AskOptions {
  readonly address: string
  readonly port: number
  readonly times: number
}

const udp = (namespace: NetNamespace, { address, port, times, timeout = 5, sourcePort = 0 }: UdpQuestion): string => {
  const numbers = [port, times, timeout, sourcePort].map(String)
  return namespace.exec(process.execPath, join(import.meta.dirname, 'udp-client.ts'), address, ...numbers)
}

const udpReply = (line: string): EchoReply | Failure => {
  if (line.startsWith('{')) return JSON.parse(line)
  if (line === 'ECONNREFUSED') return 'refused'
  return line === 'timeout' ? 'timeout' : 'unreachable'
}

const countNames = (lines: string): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const line of lines.split('\n').filter(Boolean)) {
    if (!line.startsWith('{')) throw new Error(`no answer: ${line}`)
    const { name }: EchoReply = JSON.parse(line)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
