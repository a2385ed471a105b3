/** The result of ADD: pure, from what was asked, leased and observed. */
import { type Dns, EMPTY_DNS, type Result } from '../protocol/result.ts'
import type { Observed } from './attach/observe.ts'
import type { Pair } from './attach/pair.ts'
import type { BridgeConfig } from './config.ts'
import type { Addressing } from './gateways.ts'

export interface ResultInput {
  readonly config: Pick<BridgeConfig, 'bridge' | 'dns'>
  /** CNI_NETNS. */
  readonly netns: string
  readonly pair: Pair
  readonly observed: Observed
  /** The completed lease, and IPAM's DNS; undefined in layer 2. */
  readonly addressing: Addressing | undefined
  readonly dns: Dns | undefined
}

/** The bridge, the port, the container's interface, to which every address belongs, and the gateway into its VLAN. The config's DNS replaces IPAM's. */
export const resultOf = ({ config, netns, pair, observed, addressing, dns }: ResultInput): Result => ({
  interfaces: [
    { name: config.bridge, mac: observed.bridgeMac },
    { name: pair.port.name, mac: observed.portMac },
    { name: pair.interface.name, mac: pair.interface.mac, sandbox: netns },
    ...(observed.vlanGateway === undefined ? [] : [observed.vlanGateway]),
  ],
  ips: addressing?.ips ?? [],
  routes: addressing === undefined ? [] : [...addressing.routes, ...addressing.defaultRoutes],
  dns: config.dns ?? dns ?? EMPTY_DNS,
})
