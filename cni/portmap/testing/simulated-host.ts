/** A simulated host for tests of the verbs: both packet filters, one route to the container, UDP flows, and a log of everything else. */

import type { Flow } from '#kernel/conntrack/messages.ts'
import { KernelError } from '#kernel/errno.ts'
import type { IpAddress } from '#net/address.ts'
import type { PortmapEdges } from '../edges.ts'
import { type SimulatedIptables, type SimulatedIptablesOptions, simulatedIptables } from './simulated-iptables.ts'
import { type SimulatedNftables, type SimulatedNftablesOptions, simulatedNftables } from './simulated-nftables.ts'

export interface SimulatedHost extends Omit<PortmapEdges, 'iptables'> {
  readonly iptables: SimulatedIptables
  readonly ran: SimulatedNftables['ran']
  readonly present: SimulatedNftables['present']
  /** Flows asked for and forgotten, settings written. */
  readonly log: string[]
}

export interface SimulatedHostOptions extends SimulatedIptablesOptions {
  readonly nft?: SimulatedNftablesOptions
  readonly isNftInstalled?: boolean
  readonly hasNfTables?: boolean
  /** The device that leads to the container; none: there is no route. */
  readonly device?: string | undefined
  /** The host's own addresses. */
  readonly local?: readonly IpAddress[]
  readonly routeLocalnet?: string
  readonly flows?: readonly Flow[]
  /** Beginnings of log lines that are refused. */
  readonly refuse?: string
}

export const simulatedHost = (options: SimulatedHostOptions = {}): SimulatedHost => {
  const { nft = {}, isNftInstalled = true, hasNfTables = true, refuse, flows = [], local = [], routeLocalnet = '0' } = options
  const log: string[] = []
  const act = (line: string): void => {
    if (refuse !== undefined && line.startsWith(refuse)) throw new KernelError(line, 1)
    log.push(line)
  }
  const device = 'device' in options ? options.device : 'kube-bridge'
  const nftables = simulatedNftables(nft)
  const iptables = simulatedIptables(options)
  return {
    log,
    ...nftables,
    iptables,
    rules: rulesOf(iptables, nftables),
    alone: (action) => action(),
    isInstalled: (program) => program === 'nft' && isNftInstalled,
    presence: {
      available: () => hasNfTables,
      hasTable: ({ family, table }) => nftables.present.some((rule) => rule.family === family && rule.table === table),
      hasChain: unexpected,
    },
    conntrack: {
      flows: ({ family, protocol, destinationPort }) => {
        act(`flows ${family} ${protocol} ${destinationPort}`)
        return flows.filter((flow) => flow.family === family && flow.destinationPort === destinationPort)
      },
      remove: (found) => {
        for (const { id } of found) act(`forget flow ${id}`)
      },
    },
    sysctls: {
      read: () => routeLocalnet,
      write: (path, value) => act(`${path} = ${value}`),
      ensure: unexpected,
    },
    routeTo: (address) => {
      const isLocal = local.includes(address)
      return device === undefined ? undefined : { isLocal, device: isLocal ? 'lo' : device }
    },
  }
}

const unexpected = (): never => {
  throw new Error('portmap does not ask this')
}

/** Table nat's rules are of iptables, the others of nftables. */
const rulesOf = ({ nftRules }: SimulatedIptables, { rules }: SimulatedNftables): SimulatedHost['rules'] => ({
  list: (where) => (where.table === 'nat' ? nftRules : rules).list(where),
  remove: (removals) => {
    const [first] = removals
    if (first === undefined) return
    const { table } = 'rule' in first ? first.rule : first.chain
    const owner = table === 'nat' ? nftRules : rules
    owner.remove(removals)
  },
})
