/** Addresses and routes as the reference's messages spell them: the way Go prints its structs. */
import { addressBytes, familyOf, type IpAddress } from '#net/address.ts'
import { type Cidr, netmaskOf } from '#net/cidr.ts'
import type { ResultRoute } from '../../protocol/result.ts'
import type { AddRoute, OperationOf } from './operation.ts'

export const describeAddress = ({ address, gateway }: OperationOf<'add-interface-address'>): string =>
  `{Interface:2 Address:${network(address, 'IP:', 'Mask:')} Gateway:${gateway ?? '<nil>'}}`

/** `{10.8.0.0 ffff0000} via 10.3.0.1 dev eth0 metric 0 (Scope: universe, Table: 0)` */
export const describeRoute = ({ destination, gateway, interface: name, priority, scope, table, implied }: AddRoute): string => {
  const target = implied && destination.address === '0.0.0.0' ? GO_DEFAULT : network(destination, '', '')
  return `${target} via ${gateway ?? '<nil>'} dev ${name} metric ${priority ?? 0} (Scope: ${scopeName(scope ?? 0)}, Table: ${table ?? 0})`
}

/** `{Dst:{IP:10.8.0.0 Mask:ffff0000} GW:10.3.0.1 MTU:0 AdvMSS:0 Priority:0 Table:<nil> Scope:<nil>}` */
export const describeResultRoute = ({ dst, gw, mtu = 0, advmss = 0, priority = 0, table, scope }: ResultRoute<Cidr | undefined>): string =>
  `{Dst:${dst === undefined ? '{IP:<nil> Mask:<nil>}' : network(dst, 'IP:', 'Mask:')} GW:${gw ?? NIL} MTU:${mtu} AdvMSS:${advmss} Priority:${priority} Table:${table ?? NIL} Scope:${scope ?? NIL}}`

const NIL = '<nil>'

/** The reference builds its own IPv4 default route from a 16-byte address, and the mask shows it. */
const GO_DEFAULT = '{0.0.0.0 00000000000000000000ffff00000000}'

const network = ({ address, prefixLength }: Cidr, ip: string, mask: string): string =>
  `{${ip}${address} ${mask}${hex(netmaskOf(prefixLength, familyOf(address)))}}`

const hex = (address: IpAddress): string => Buffer.from(addressBytes(address)).toString('hex')

/** RT_SCOPE_*, include/uapi/linux/rtnetlink.h, as Go's netlink library names them. */
const SCOPES: Readonly<Record<number, string>> = { 0: 'universe', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }
const scopeName = (scope: number): string => SCOPES[scope] ?? 'unknown'
