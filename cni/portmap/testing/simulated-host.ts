/** A simulated host for tests of the verbs: both packet filters, one route to the container, UDP flows, and a log of everything else. */

import type { Flow } from '#kernel/conntrack/messages.ts'
import { KernelError } from '#kernel/errno.ts'
import type { Link, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { PortmapEdges } from '../edges.ts'
import { type SimulatedIptables, type SimulatedIptablesOptions, simulatedIptables } from './simulated-iptables.ts'
import { type SimulatedNftables, type SimulatedNftablesOptions, simulatedNftables } from './simulated-nftables.ts'

export interface SimulatedHost extends Omit<PortmapEdges, 'iptables'> {
  readonly iptables: SimulatedIptables
  readonly ran: SimulatedNftables['ran']
  /** Flows forgotten, settings written, sockets left open. */
  readonly log: string[]
}

export interface SimulatedHostOptions extends SimulatedIptablesOptions {
  readonly nft?: SimulatedNftablesOptions
  readonly isNftInstalled?: boolean
  /** The device that leads to the container; none: there is no route. */
  readonly device?: string | undefined
  readonly flows?: readonly Flow[]
  /** Beginnings of log lines that are refused. */
  readonly refuse?: string
}

export const simulatedHost = ({
  nft = {},
  isNftInstalled = true,
  refuse,
  flows = [],
  ...options
}: SimulatedHostOptions = {}): SimulatedHost => {
  const log: string[] = []
  const act = (line: string): void => {
    if (refuse !== undefined && line.startsWith(refuse)) throw new KernelError(line, 1)
    log.push(line)
  }
  const device = 'device' in options ? options.device : 'kube-bridge'
  return {
    log,
    ...simulatedNftables(nft),
    iptables: simulatedIptables(options),
    isInstalled: (program) => program === 'nft' && isNftInstalled,
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
      read: () => '0',
      write: (path, value) => act(`${path} = ${value}`),
      ensure: (path, value) => {
        act(`${path} = ${value}`)
        return true
      },
    },
    openRtnetlink: () => routesOver(device, log),
  }
}

/** Only what the plugin asks of routes. */
const routesOver = (device: string | undefined, log: string[]): Rtnetlink => {
  log.push('open')
  const asked: Pick<Rtnetlink, 'routeTo' | 'linkByIndex' | 'close'> = {
    routeTo: (address) => (device === undefined ? undefined : { family: address.includes(':') ? 6 : 4, link: 7 }),
    linkByIndex: (index) => (device === undefined ? undefined : linkOf(index, device)),
    close: () => void log.splice(log.indexOf('open'), 1),
  }
  return asked as Rtnetlink
}

const linkOf = (index: number, name: string): Link => ({ index, name, mtu: 1500, mac: '', up: true, operState: 'up', promiscuity: 0 })
