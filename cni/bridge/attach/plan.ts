/** The plan of an attachment once the pair exists and IPAM has spoken: pure, from config, lease and the bridge as found. */
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import type { ResultRoute } from '../../protocol/result.ts'
import type { BridgeConfig } from '../config.ts'
import type { Addressing } from '../gateways.ts'
import { DEFAULT_NATIVE, hasVlans, vlansOf } from '../vlan.ts'
import { bridgeAddressChanges } from './bridge-addresses.ts'
import type { AddRoute, Operation, OperationOf } from './operation.ts'

export interface AttachmentInput {
  readonly config: BridgeConfig
  /** The container's interface. */
  readonly interface: string
  /** The pair's host end. */
  readonly port: string
  /** The bridge as found on the host; undefined when there is none. */
  readonly bridge: { readonly up: boolean } | undefined
  /** Addresses of the device that is to hold the gateway addresses, the bridge or its gateway into a VLAN; none when it must be made. */
  readonly present: readonly Cidr[]
  /** With a VLAN: whether the gateway into it is complete, and a name for its port, should it be made. */
  readonly vlanGateway?: { readonly complete: boolean; readonly port: string }
  /** A hardware address for the bridge, if it must be made. */
  readonly freshMac?: string
  /** The completed lease; undefined in layer 2. */
  readonly addressing: Addressing | undefined
}

/**
 * All changes of an ADD after the pair's creation, in order.
 * @throws Error when the bridge has a conflicting address, before anything is changed
 * @see reference/cni-plugins.md 2.2 to 2.4
 */
export const planAttachment = (input: AttachmentInput): Operation[] => [
  ...bridgePlan(input),
  ...portPlan(input),
  ...(input.addressing === undefined ? linkPlan(input) : addressPlan(input.interface, input.addressing, input.config)),
  ...(input.addressing === undefined ? [] : gatewayPlan(input, input.addressing)),
]

/**
 * A bridge that will have an address is given its hardware address at birth: it never follows a port's, not even until the address is
 * there, and programs that "correct" random ones (udev) leave it alone.
 */
const bridgePlan = ({ config, bridge: found, freshMac, addressing }: AttachmentInput): Operation[] => {
  const { bridge, promiscuous, vlan } = config
  const hasAddress = vlan === 0 && (addressing?.bridgeAddresses.length ?? 0) > 0
  return [
    ...(found === undefined ? [bridgeCreation(config, hasAddress ? freshMac : undefined)] : []),
    ...(promiscuous ? [{ type: 'make-promiscuous', bridge } as const] : []),
    { type: 'prefer-setting', in: 'host', key: `net/ipv6/conf/${bridge}/accept_ra`, value: '0' },
    ...(found?.up ? [] : [{ type: 'raise-bridge', bridge } as const]),
  ]
}

export const bridgeCreation = ({ bridge, mtu, vlanFiltering }: BridgeConfig, mac: string | undefined): OperationOf<'create-bridge'> => ({
  type: 'create-bridge',
  bridge,
  ...(mtu !== undefined && { mtu }),
  ...(mac !== undefined && { mac }),
  ...(vlanFiltering && { vlanFiltering }),
})

const portPlan = ({ config, config: { bridge, hairpin, isolated }, port }: AttachmentInput): Operation[] => [
  { type: 'prefer-setting', in: 'host', key: `net/ipv6/conf/${port}/accept_ra`, value: '0' },
  { type: 'attach-port', port, bridge },
  { type: 'set-port-flags', port, hairpin, isolated },
  ...(hasVlans(config) ? vlanPlan(config, port) : []),
]

const vlanPlan = ({ vlan, trunk, preserveDefaultVlan }: BridgeConfig, port: string): Operation[] => {
  const vlans = vlansOf({ vlan, trunk })
  return [
    ...(preserveDefaultVlan ? [] : [{ type: 'leave-vlans', port } as const]),
    ...(vlans.length === 0 ? [] : [{ type: 'join-vlans', port, vlans, what: 'vlan tag' } as const]),
    ...(vlan === 0 ? [{ type: 'join-vlans', port, vlans: DEFAULT_NATIVE, what: 'default native vlan tag' } as const] : []),
  ]
}

const linkPlan = ({ config: { leaveDown }, interface: name }: AttachmentInput): Operation[] =>
  leaveDown ? [] : [{ type: 'raise-interface', interface: name }]

const addressPlan = (name: string, { ips, routes, defaultRoutes }: Addressing, { detectDuplicates }: BridgeConfig): Operation[] => {
  const gateways = { 4: gatewayOf(ips, 4), 6: gatewayOf(ips, 6) }
  const route = (from: ResultRoute, implied: boolean): AddRoute => routeOperation(name, withGateway(from, gateways), implied)
  return [
    ...settings(name, detectDuplicates),
    ...(ips.some(({ address }) => familyOf(address.address) === 6) ? [{ type: 'enable-ipv6', interface: name } as const] : []),
    ...ips.map(
      ({ address, gateway }) =>
        ({ type: 'add-interface-address', interface: name, address, ...(gateway !== undefined && { gateway }) }) as const,
    ),
    { type: 'raise-interface', interface: name },
    ...(gateways[6] === undefined ? [] : [{ type: 'settle-addresses', interface: name } as const]),
    ...withoutRepetition([...routes.map((each) => route(each, false)), ...defaultRoutes.map((each) => route(each, true))]),
  ]
}

const settings = (name: string, detectDuplicates: boolean): Operation[] => [
  ...(detectDuplicates ? [preference(`net/ipv6/conf/${name}/enhanced_dad`, '1')] : []),
  preference(`net/ipv6/conf/${name}/accept_dad`, detectDuplicates ? '1' : '0'),
  preference(`net/ipv4/conf/${name}/arp_notify`, '1'),
]

const preference = (key: string, value: string): Operation => ({ type: 'prefer-setting', in: 'container', key, value })

/** The first gateway of a family, for routes that name none. */
const gatewayOf = (ips: Addressing['ips'], family: Family): IpAddress | undefined =>
  ips.find(({ gateway }) => gateway !== undefined && familyOf(gateway) === family)?.gateway

const withGateway = (route: ResultRoute, gateways: Readonly<Record<Family, IpAddress | undefined>>): ResultRoute => {
  const gw = route.gw ?? gateways[familyOf(route.dst.address)]
  return { ...route, ...(gw !== undefined && { gw }) }
}

/** A route's mtu and advmss stay in the result only, as with the reference. */
const routeOperation = (name: string, { dst, gw, priority, table, scope }: ResultRoute, implied: boolean): AddRoute => ({
  type: 'add-route',
  interface: name,
  destination: dst,
  ...(gw !== undefined && { gateway: gw }),
  ...(priority !== undefined && { priority }),
  ...(table !== undefined && { table }),
  ...(scope !== undefined && { scope }),
  implied,
})

/** The kernel refuses an equal route (EEXIST); different next hops to one network are its business (ECMP). */
const withoutRepetition = (routes: readonly AddRoute[]): readonly AddRoute[] => {
  if (routes.length < 2) return routes
  const seen = new Set<string>()
  return routes.filter((route) => {
    const meaning = JSON.stringify({ ...route, implied: false })
    const isNew = !seen.has(meaning)
    seen.add(meaning)
    return isNew
  })
}

const gatewayPlan = ({ config, present, vlanGateway }: AttachmentInput, { bridgeAddresses: wanted }: Addressing): Operation[] => {
  const { bridge, vlan, preserveDefaultVlan, forceAddress: force } = config
  const families = new Set(wanted.map(({ address }) => familyOf(address)))
  const port = vlanGateway?.complete === false && wanted.length > 0 ? vlanGateway.port : undefined
  return [
    ...(port === undefined ? [] : [{ type: 'make-vlan-gateway', bridge, vlan, port, preserveDefaultVlan } as const]),
    ...bridgeAddressChanges({ bridge, vlan, present, wanted, force }),
    ...[...families].map((family) => ({ type: 'enable-forwarding', family }) as const),
  ]
}
