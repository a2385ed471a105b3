/** What the kernel says of IPVS, by ipvsadm. */
import { readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import type { NetNamespace } from './namespace.ts'
import { type Patience, until } from './until.ts'

/**
 * The virtual servers and destinations as the commands that would make them, sorted:
 * `['-A -t 10.96.0.10:80 -s rr', '-a -t 10.96.0.10:80 -r 10.20.0.2:8080 -m -w 1']`.
 */
export const ipvsRules = (namespace: NetNamespace): string[] =>
  namespace
    .exec('ipvsadm', '--save', '--numeric')
    .split('\n')
    .filter((line) => line !== '')
    .sort()

/** Milliseconds after which ipvsadm is asked anyway: of a long table the kernel leaves out as many servers as other namespaces have. */
const MISSED = 3000

/**
 * Waits until the rules are so: ipvsadm is asked whenever /proc/net/ip_vs shows another table, since it costs an emulated machine a second.
 * @throws WaitedInVainError
 */
export const untilIpvsRules = async (
  what: string,
  { namespace, isSo }: { readonly namespace: NetNamespace; isSo(rules: readonly string[]): boolean },
  patience: Patience,
): Promise<void> => {
  const inside = openNamespace(namespace.path)
  // Without the numbers of connections, which come and go.
  const table = () => inNamespace(inside, () => readFileSync('/proc/thread-self/net/ip_vs', 'utf8')).replaceAll(/ +\d+ +\d+ *$/gm, '')
  let [seen, again] = ['', 0]
  const look = (): boolean => {
    const now = table()
    if (now === seen && performance.now() < again) return false
    ;[seen, again] = [now, performance.now() + MISSED]
    return isSo(ipvsRules(namespace))
  }
  try {
    await until(what, look, () => ipvsRules(namespace), patience)
  } finally {
    inside.close()
  }
}

/** The kernel adds its counters up every two seconds. */
const COUNTERS_SECONDS = 2.5

/**
 * New connections so far of every destination of one virtual server: `{ '10.20.0.2:8080': 3 }`; empty when there is no such server. Waits
 * until the kernel has added up its counters.
 */
export const ipvsConnections = async (
  namespace: NetNamespace,
  protocol: 'tcp' | 'udp',
  server: string,
): Promise<Record<string, number>> => {
  await after(COUNTERS_SECONDS * 1000)
  const option = protocol === 'tcp' ? '--tcp-service' : '--udp-service'
  const { stdout } = namespace.attempt('ipvsadm', '--list', '--numeric', '--stats', '--exact', option, server)
  const destinations = stdout.split('\n').map((line) => /^ +-> (\S+) +(\d+) /.exec(line))
  return Object.fromEntries(destinations.flatMap((match) => (match === null ? [] : [[match[1] ?? '', Number(match[2])]])))
}

/** Whether the kernel has a connection, or a template of persistent ones, to a virtual server with an IPv4 address. */
export const ipvsRemembers = (namespace: NetNamespace, { address, port }: { readonly address: string; readonly port: number }): boolean => {
  const connections = namespace.exec('ipvsadm', '--list', '--connection', '--numeric').split('\n')
  // pro expire state source virtual destination
  return connections.some((line) => line.split(/ +/)[4] === `${address}:${port}`)
}
