/** What IPVS holds in a namespace, read cheaply: one dump of the servers and one read of /proc/net/ip_vs for all destinations. */
import { readFileSync } from 'node:fs'
import { hasCode } from '../errno.ts'
import { inNamespace, type Namespace } from '../namespace.ts'
import { type ProcIpVsEntry, parseProcIpVs } from './proc.ts'
import { serverText } from './server-id.ts'
import type { Ipvs, ObservedDestination, ObservedVirtualServer } from './types.ts'

export interface ObservedIpvsEntry {
  readonly server: ObservedVirtualServer
  readonly destinations: readonly ObservedDestination[]
}

/**
 * All virtual servers of `namespace` (default: the calling thread's), which `ipvs` was opened in, with their destinations; those that VirtualServerId cannot
 * name are left out. Servers are exact (netlink); destinations come from /proc, and by netlink for a server that /proc lacks
 * because it came in between. A dump resumes by index: while somebody else adds or removes servers an entry may be missed or
 * repeated, so a server that is missing here is a hint, to be tried with an operation, and not a proof.
 * @throws KernelError
 */
export const observeIpvs = (ipvs: Pick<Ipvs, 'servers' | 'destinations'>, namespace?: Namespace): ObservedIpvsEntry[] =>
  joinEntries(ipvs, procEntries(namespace))

/** The same in steps, between which something else may be done: what is changed meanwhile is seen in part. @throws KernelError at any step */
export function* observingIpvs(
  ipvs: Pick<Ipvs, 'servers' | 'destinations'>,
  namespace?: Namespace,
): Generator<'breath', ObservedIpvsEntry[], undefined> {
  const entries = procEntries(namespace)
  yield 'breath'
  return yield* joining(ipvs, entries)
}

/** Each server once, with its destinations from `entries`, or from a dump where there are none. */
export const joinEntries = (ipvs: Pick<Ipvs, 'servers' | 'destinations'>, entries: readonly ProcIpVsEntry[]): ObservedIpvsEntry[] => {
  const steps = joining(ipvs, entries)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Servers of one step. */
const STEP = 1_000

function* joining(
  ipvs: Pick<Ipvs, 'servers' | 'destinations'>,
  entries: readonly ProcIpVsEntry[],
): Generator<'breath', ObservedIpvsEntry[], undefined> {
  const servers = ipvs.servers()
  yield 'breath'
  const found = new Map<string, ProcIpVsEntry['destinations']>()
  for (const { server, destinations } of entries) found.set(serverText(server), destinations)
  const joined = new Map<string, ObservedIpvsEntry>()
  let count = 0
  for (const server of servers) {
    const key = serverText(server)
    joined.set(key, { server, destinations: found.get(key) ?? ipvs.destinations(server) })
    count += 1
    if (count % STEP === 0) yield 'breath'
  }
  return [...joined.values()]
}

/** Nothing when this kernel has no such file, or writes it in a way of its own: netlink then answers for every server. */
const procEntries = (namespace: Namespace | undefined): ProcIpVsEntry[] => {
  try {
    return parseProcIpVs(readProcIpVs(namespace))
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** The text of /proc/net/ip_vs; thread-self, since a thread's namespace need not be its process's. */
export const readProcIpVs = (namespace?: Namespace): string => {
  const read = (): string => readFileSync('/proc/thread-self/net/ip_vs', 'latin1')
  return namespace === undefined ? read() : inNamespace(namespace, read)
}
