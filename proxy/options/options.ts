/** What `selvedge proxy` is told to do: flags and environment, checked and typed. Nothing after this is optional or unknown. */

import type { IpvsTimeouts } from '#kernel/ipvs/types.ts'
import type { IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import type { FlagValues } from '../../flags/flag.ts'
import { UsageError } from '../../flags/flag.ts'
import type { PortRange } from '../../flags/kinds.ts'
import { flagsGiven, parseFlags } from '../../flags/parse.ts'
import type { LogFormat, LogLevel } from '../log.ts'
import type { NodePortAddresses } from '../node-view.ts'
import type { AddressRules } from '../services/address-rules.ts'
import { ADDRESS_FLAGS, addressRulesOf, nodePortAddressesOf } from './address-flags.ts'
import { EFFECTIVE_FLAGS, NODE_NAME, NODE_NAME_RULE } from './flags.ts'
import { FOREIGN_FLAGS, isIdle } from './foreign-flags.ts'

/** Where a server listens. */
export interface ListenOptions {
  /** undefined = all addresses. */
  readonly address: IpAddress | undefined
  /** 0 = do not listen. */
  readonly port: number
}

export interface ProxyOptions {
  /** Path of a kubeconfig; undefined = the pod's own credentials. */
  readonly kubeconfig: string | undefined
  /** URL of the API server in place of the configured one. */
  readonly master: string | undefined
  /** Name of this machine's Node object; undefined = its host name. */
  readonly nodeName: string | undefined
  readonly cacheSyncMilliseconds: number
  /** Period of the audit (`--ipvs-sync-period`). */
  readonly auditMilliseconds: number
  /** How long connections to a removed endpoint may go on; 0 = they end at once. */
  readonly graceMilliseconds: number
  readonly masqueradeAll: boolean
  /** Sources inside are not masqueraded; empty = not told. */
  readonly clusterCidrs: readonly Cidr[]
  /** Do not run: remove what an earlier run left (`--cleanup-config`). */
  readonly cleanup: boolean
  /** Virtual servers inside are left alone. */
  readonly excludedCidrs: readonly Cidr[]
  readonly nodePortAddresses: NodePortAddresses
  /** Which external addresses Services may have. */
  readonly addressRules: AddressRules
  /** What the API server takes NodePorts from. */
  readonly nodePortRange: PortRange
  /** Whether the addresses of Services answer ping. */
  readonly servicePing: boolean
  readonly timeouts: IpvsTimeouts
  readonly metrics: ListenOptions & {
    readonly path: string
    /** Virtual servers with traffic series of their own. */
    readonly trafficLimit: number
  }
  readonly health: ListenOptions
  readonly log: { readonly level: LogLevel; readonly format: LogFormat }
  /** Flags that were given and have no effect here, as they are written: `--iptables-sync-period`. */
  readonly idleFlags: readonly string[]
}

/** Every flag of the command, in the order of its help. */
export const PROXY_FLAGS = { ...EFFECTIVE_FLAGS, ...ADDRESS_FLAGS, ...FOREIGN_FLAGS }

/** @param argv what follows `selvedge proxy` @param env for NODE_NAME @throws UsageError with every fault of the line */
export const parseProxyOptions = (argv: readonly string[], env: Readonly<Record<string, string | undefined>>): ProxyOptions => {
  const flags = parseFlags(PROXY_FLAGS, argv)
  refuseSharedPort(flags)
  return Object.freeze({
    kubeconfig: flags.kubeconfig || undefined,
    master: flags.master || undefined,
    nodeName: flags['hostname-override'] || nodeNameOf(env),
    cacheSyncMilliseconds: flags['cache-sync-timeout'],
    auditMilliseconds: flags['ipvs-sync-period'],
    graceMilliseconds: flags['ipvs-graceful-termination'] ? flags['ipvs-graceful-period'] : 0,
    masqueradeAll: flags['masquerade-all'],
    clusterCidrs: Object.freeze(flags['cluster-cidr']),
    cleanup: flags['cleanup-config'],
    excludedCidrs: Object.freeze(flags['excluded-cidrs']),
    nodePortAddresses: Object.freeze(nodePortAddressesOf(flags['nodeport-addresses'], flags['nodeport-bindon-all-ip'])),
    addressRules: addressRulesOf({
      strict: flags['strict-external-ip-validation'],
      external: flags['service-external-ip-range'],
      balancer: flags['loadbalancer-ip-range'],
      cluster: flags['service-cluster-ip-range'],
    }),
    nodePortRange: Object.freeze(flags['service-node-port-range']),
    servicePing: flags['service-ping'],
    timeouts: timeoutsOf(flags),
    metrics: Object.freeze({
      address: flags['metrics-addr'],
      port: flags['metrics-port'],
      path: flags['metrics-path'],
      trafficLimit: flags['metrics-traffic-limit'],
    }),
    health: Object.freeze({ address: flags['health-addr'], port: flags['health-port'] }),
    log: Object.freeze({ level: levelOf(flags.v), format: flags['log-format'] }),
    idleFlags: Object.freeze(
      flagsGiven(PROXY_FLAGS, argv)
        .filter(isIdle)
        .map((name) => `--${name}`),
    ),
  })
}

type ProxyFlags = FlagValues<typeof PROXY_FLAGS>

const refuseSharedPort = (flags: ProxyFlags): void => {
  const port = flags['metrics-port']
  const [metrics, health] = [flags['metrics-addr'], flags['health-addr']]
  const sameAddress = metrics === health || metrics === undefined || health === undefined
  if (port === 0 || port !== flags['health-port'] || !sameAddress) return
  throw new UsageError([`--metrics-port and --health-port are both ${port}: they need a port each`])
}

const nodeNameOf = ({ NODE_NAME: name }: Readonly<Record<string, string | undefined>>): string | undefined => {
  if (name === undefined || name === '') return undefined
  if (NODE_NAME.test(name)) return name
  throw new UsageError([`NODE_NAME=${JSON.stringify(name)} is not legal: expected ${NODE_NAME_RULE}`])
}

const timeoutsOf = (flags: ProxyFlags): IpvsTimeouts =>
  Object.freeze({
    tcp: flags['service-tcp-timeout'] / 1000,
    tcpFin: flags['service-tcpfin-timeout'] / 1000,
    udp: flags['service-udp-timeout'] / 1000,
  })

const levelOf = (verbosity: number): LogLevel => (verbosity === 0 ? 'info' : verbosity === 1 ? 'debug' : 'trace')
