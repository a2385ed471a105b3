/** What is measured, as data. The targets are those that the project set itself. */
import { LOOPBACK, type Network, onlyIpam, onlyPlugins } from './conflist.ts'
import { fillLeases, type Host } from './host.ts'
import { fillIptables, fillNftables } from './rules.ts'
import type { Verb } from './runtime.ts'

export interface Measure {
  readonly name: string
  readonly title: string
  /** The networks that a pod is attached to, side by side as containerd does it, and the interfaces it gets. */
  networks(host: Host): readonly { readonly network: Network; readonly ifname: string }[]
  /** Whether each pod has a host port. */
  readonly mapped: boolean
  /** Pods at once. */
  readonly parallel: number
  /** The executables are read from the disk each time. */
  readonly cold: boolean
  /** What fraction of the usual repetitions is enough; long calls scatter less. */
  readonly share: number
  /** What stands on the host beforehand. */
  prepare?(host: Host): void
  /** The largest ratio ours / Go to be content with. */
  readonly targets: Readonly<Partial<Record<Verb, number>>>
}

const MANY = 10_000

const chain = ({ network }: Host) => [{ network, ifname: 'eth0' }]
const bridgeAlone = ({ network }: Host) => [{ network: onlyPlugins(network, 'bridge'), ifname: 'eth0' }]
const withLoopback = (host: Host) => [...chain(host), { network: LOOPBACK, ifname: 'lo' }]
const loopbackAlone = () => [{ network: LOOPBACK, ifname: 'lo' }]
const ipamAlone = ({ network }: Host) => [{ network: onlyIpam(network), ifname: 'eth0' }]

const usual = { networks: chain, mapped: false, parallel: 1, cold: false, share: 1, targets: {} } as const

export const MEASURES: readonly Measure[] = [
  { ...usual, name: 'chain', title: 'chain, one host port', mapped: true, targets: { ADD: 0.6, DEL: 0.5 } },
  { ...usual, name: 'bridge', title: 'bridge + host-local', networks: bridgeAlone, targets: { ADD: 1.2 } },
  { ...usual, name: 'no-ports', title: 'chain, no ports', targets: { ADD: 1.1 } },
  { ...usual, name: 'containerd', title: 'chain, no ports, loopback beside it', networks: withLoopback },
  { ...usual, name: 'loopback', title: 'loopback alone', networks: loopbackAlone },
  { ...usual, name: 'ipam', title: 'host-local alone', networks: ipamAlone },
  { ...usual, name: 'parallel-10', title: 'chain, one host port, 10 at once', mapped: true, parallel: 10, share: 0.3 },
  {
    ...usual,
    name: 'parallel-50',
    title: 'chain, one host port, 50 at once',
    mapped: true,
    parallel: 50,
    share: 0.15,
    targets: { ADD: 0.6 },
  },
  {
    ...usual,
    name: 'iptables-rules',
    title: 'chain, one host port, 10,000 iptables rules',
    mapped: true,
    share: 0.5,
    prepare: (host) => fillIptables(host, MANY),
  },
  {
    ...usual,
    name: 'nftables-rules',
    title: 'chain, one host port, 10,000 nftables rules',
    mapped: true,
    share: 0.5,
    prepare: (host) => fillNftables(host, MANY),
  },
  {
    ...usual,
    name: 'leases',
    title: 'host-local alone, 10,000 leases',
    networks: ipamAlone,
    share: 0.5,
    prepare: (host) => fillLeases(host, MANY),
    targets: { ADD: 0.5 },
  },
  // The last one: what is read back page by page stays in smaller pieces than a copy's pages, which costs every later start of a large executable.
  { ...usual, name: 'cold', title: 'chain, one host port, executables cold', mapped: true, cold: true, share: 0.3 },
]
