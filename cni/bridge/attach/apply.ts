/** Carries operations out: one table with an entry for every type. This is the whole list of what ADD does to the kernel. */
import type { Link } from '#kernel/rtnetlink/types.ts'
import { familyOf } from '#net/address.ts'
import { formatCidr } from '#net/cidr.ts'
import { goQuote } from '../../protocol/text.ts'
import { orUndo, type Sentence, type Side, saying, unlessThere } from '../edges.ts'
import { findBridge } from '../find-bridge.ts'
import { type AddressPlace, addressSentence, deviceName } from './bridge-addresses.ts'
import { enableIpv6 } from './enable-ipv6.ts'
import { leaveVlans } from './leave-vlans.ts'
import { makeBridge } from './make-bridge.ts'
import type { OperationOf, OperationType } from './operation.ts'
import type { Pair } from './pair.ts'
import { settleAddresses } from './settle.ts'
import { makeVlanGateway } from './vlan-gateway.ts'
import { describeAddress, describeRoute } from './words.ts'

/** Where operations are carried out, and what is known there. */
export interface Workbench {
  readonly host: Side
  readonly container: Side
  readonly pair: Pair
  /** As first seen; undefined until it is made. */
  bridge: Link | undefined
  /** The gateway into the attachment's VLAN, as first seen; undefined until it is made, and when none is needed. */
  vlanGateway: Link | undefined
  sleep(milliseconds: number): void
  warn(line: string): void
}

/**
 * Carries out one operation; false when there was nothing to do, and so nothing to undo.
 * @throws Error with the reference's sentence and the kernel's reason
 */
export const apply = <Type extends OperationType>(operation: OperationOf<Type>, bench: Workbench): boolean => {
  const applyThis: Apply<Type> = APPLY[operation.type as Type]
  return applyThis(operation, bench) ?? true
}

type Apply<Type extends OperationType> = (operation: OperationOf<Type>, bench: Workbench) => boolean | undefined

const APPLY: { readonly [Type in OperationType]: Apply<Type> } = {
  'create-bridge': (operation, bench) => {
    const isNew = makeBridge(bench.host, operation)
    bench.bridge = findBridge(bench.host, operation.bridge)
    return isNew
  },
  'make-promiscuous': ({ bridge }, bench) =>
    say(`failed to create bridge ${goQuote(bridge)}: could not set promiscuous mode on ${goQuote(bridge)}`, () =>
      bench.host.links.changeLink(bridgeOf(bench, bridge).index, { promiscuous: true }),
    ),
  'raise-bridge': ({ bridge }, bench) =>
    say(`failed to create bridge ${goQuote(bridge)}`, () => bench.host.links.changeLink(bridgeOf(bench, bridge).index, { up: true })),
  'attach-port': ({ port, bridge }, bench) =>
    say(
      () => `failed to connect ${goQuote(port)} to bridge ${bridge}`,
      () => bench.host.links.changeLink(bench.pair.port.index, { master: bridgeOf(bench, bridge).index, up: true }),
    ),
  'set-port-flags': ({ port, hairpin, isolated }, { host, pair }) =>
    say(`failed to setup hairpin mode for ${port}`, () => host.links.setBridgePort(pair.port.index, { hairpin, isolated })),
  'leave-vlans': ({ port }, { host, pair }) =>
    say(`failed to remove default vlan on interface ${goQuote(port)}`, () => leaveVlans(host.links, pair.port.index)),
  'join-vlans': ({ port, vlans, what }, { host, pair }) =>
    say(`failed to setup ${what} on interface ${goQuote(port)}`, () => host.links.addPortVlans(pair.port.index, vlans)),
  'prefer-setting': ({ in: place, key, value }, bench) => {
    try {
      return bench[place].settings.ensure(key, value)
    } catch {
      return false
    }
  },
  'enable-ipv6': ({ interface: name }, bench) => {
    enableIpv6(name, bench)
    return undefined
  },
  'add-interface-address': (operation, { container, pair }) =>
    say(
      () => `failed to add IP addr ${describeAddress(operation)} to ${goQuote(operation.interface)}`,
      () => container.links.addAddress(pair.interface.index, operation.address),
    ),
  'raise-interface': ({ interface: name }, { container, pair }) =>
    say(
      () => `failed to set ${goQuote(name)} up`,
      () => container.links.changeLink(pair.interface.index, { up: true }),
    ),
  'settle-addresses': ({ interface: name }, bench) =>
    say(`failed to settle addresses for ${goQuote(name)}`, () => settleAddresses(name, bench)),
  'add-route': (operation, bench) =>
    say(
      () => `failed to add route '${describeRoute(operation)}'`,
      () => addRoute(operation, bench),
    ),
  'make-vlan-gateway': (operation, bench) => makeVlanGateway(operation, { bridge: bridgeOf(bench, operation.bridge), bench }),
  'remove-bridge-address': (operation, bench) =>
    say(`${addressSentence(operation)}: could not remove IP address from ${goQuote(deviceName(operation))}`, () =>
      bench.host.links.deleteAddress(deviceOf(bench, operation).index, operation.address),
    ),
  'add-bridge-address': (operation, bench) => addBridgeAddress(operation, bench),
  'enable-forwarding': ({ family }, { host }) => {
    const key = family === 4 ? 'net/ipv4/ip_forward' : 'net/ipv6/conf/all/forwarding'
    return saying('failed to enable forwarding', () => host.settings.ensure(key, '1'))
  },
}

/** Runs an action that always changes something. */
const say = (sentence: Sentence, action: () => void): undefined => {
  saying(sentence, action)
}

const bridgeOf = ({ bridge }: Workbench, name: string): Link => bridge ?? lost(name)

/** The device of gateway addresses. */
const deviceOf = (bench: Workbench, place: AddressPlace): Link =>
  place.vlan === undefined ? bridgeOf(bench, place.bridge) : (bench.vlanGateway ?? lost(deviceName(place)))

const lost = (name: string): never => {
  throw new Error(`could not lookup ${goQuote(name)}: Link not found`)
}

/** An address that another ADD has put there meanwhile is as good as ours, and its hardware address is fixed already. */
const addBridgeAddress = (operation: OperationOf<'add-bridge-address'>, bench: Workbench): boolean => {
  const { address } = operation
  const { index, mac } = deviceOf(bench, operation)
  const sentence = (): string =>
    `${addressSentence(operation)}: could not add IP address ${formatCidr(address)} to ${goQuote(deviceName(operation))}`
  const { links } = bench.host
  if (!unlessThere(() => saying(sentence, () => links.addAddress(index, address)))) return false
  orUndo(
    bench.warn,
    () => saying(`${addressSentence(operation)}: could not set bridge's mac`, () => links.changeLink(index, { mac })),
    () => links.deleteAddress(index, address),
  )
  return true
}

/** Zero and negative numbers mean the kernel's own choice, as they do to Go's netlink library. */
const addRoute = (
  { destination, gateway, priority = 0, table = 0, scope = 0 }: OperationOf<'add-route'>,
  { container, pair }: Workbench,
): void => {
  container.links.addRoute({
    family: familyOf(destination.address),
    ...(isDefault(destination) ? {} : { destination }),
    ...(gateway !== undefined && { gateway }),
    link: pair.interface.index,
    ...(priority > 0 && { priority }),
    ...(table > 0 && { table }),
    scope,
  })
}

const isDefault = ({ address, prefixLength }: OperationOf<'add-route'>['destination']): boolean =>
  prefixLength === 0 && (address === '0.0.0.0' || address === '::')
