/** The bridge on the host, before and after it is made, and its gateway into a VLAN. */
import type { Link } from '#kernel/rtnetlink/types.ts'
import { isIdentifier } from '../protocol/identifier.ts'
import { goQuote } from '../protocol/text.ts'
import type { BridgeConfig } from './config.ts'
import type { Side } from './edges.ts'
import { gatewayName } from './vlan.ts'

const NAME_BYTES = 15

/**
 * The bridge of this name, or undefined when there is none and one could be made.
 * @throws Error with the reference's sentence when the name is another device's, or none that a device can have
 */
export const findBridge = (host: Side, name: string): Link | undefined => {
  const problem = nameProblem(name)
  if (problem !== undefined) throw new Error(`failed to create bridge ${goQuote(name)}: could not add ${goQuote(name)}: ${problem}`)
  const link = host.links.link(name)
  if (link === undefined || link.kind === 'bridge') return link
  throw new Error(`failed to create bridge ${goQuote(name)}: ${goQuote(name)} already exists but is not a bridge`)
}

type GatewayConfig = Pick<BridgeConfig, 'bridge' | 'vlan' | 'isGateway' | 'ipam'>

/**
 * The device that will hold the gateway addresses of the attachment's VLAN; undefined when there is none, or none is needed.
 * @throws Error with the reference's sentence when there is none and none could be made: the VLAN's number makes the name too long
 */
export const findVlanGateway = (host: Side, { bridge, vlan, isGateway, ipam }: GatewayConfig): Link | undefined => {
  if (vlan === 0 || !isGateway || ipam === '') return undefined
  const name = gatewayName(bridge, vlan)
  const link = host.links.link(name)
  const problem = nameProblem(name)
  if (link !== undefined || problem === undefined) return link
  throw new Error(`failed to create vlan interface: faild to create vlan gateway ${goQuote(name)}: failed to make veth pair: ${problem}`)
}

/**
 * What the kernel (or Go's netlink library, of an empty name) says to a name that no device can have. Asked first, because the
 * bridge is made late. A percent sign is refused too: the kernel takes `br%d` as a pattern and makes `br0`.
 * @see dev_valid_name in net/core/dev.c
 */
export const nameProblem = (name: string): string | undefined => {
  if (name === '') return 'LinkAttrs.Name cannot be empty'
  if (Buffer.byteLength(name) > NAME_BYTES) return 'numerical result out of range'
  if (isIdentifier(name)) return undefined
  return name === '.' || name === '..' || /[/:%\0\s]/.test(name) ? 'invalid argument' : undefined
}
