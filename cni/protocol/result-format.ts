/** Prints results in the shape, key order and text form of each specification version. */
import { familyOf } from '#net/address.ts'
import { type Cidr, formatCidr } from '#net/cidr.ts'
import type { Dns, ResultInterface, WrittenResult } from './result.ts'
import { prettyPrint } from './text.ts'
import type { CniVersion } from './version.ts'

/** A result as printed in `version`; no final newline. @throws Error `cannot convert: no valid IP addresses` for 0.1.0 and 0.2.0 */
export const formatResult = (result: WrittenResult, version: CniVersion): string => {
  if (result.unconverted || version >= '1.0.0') return prettyPrint({ cniVersion: version, ...newest(result) })
  return prettyPrint({ cniVersion: version, ...(version < '0.3.0' ? oldest(result) : middle(result)) })
}

type WrittenIp = WrittenResult['ips'][number]
type WrittenRoute = WrittenResult['routes'][number]

/** 1.0.0 and later: keys in alphabetical order, nothing empty. */
const newest = ({ dns, interfaces, ips, routes }: WrittenResult): object => {
  const { domain, nameservers, options, search } = dns
  const dnsFields = { ...textField({ domain }), ...listFields({ nameservers, options, search }) }
  return {
    ...(Object.keys(dnsFields).length > 0 && { dns: dnsFields }),
    ...listFields({ interfaces: interfaces.map(newestInterface), ips: ips.map(newestIp), routes: routes.map(newestRoute) }),
  }
}

const newestInterface = ({ mac, mtu, name, pciID, sandbox, socketPath }: ResultInterface): object => ({
  mac,
  mtu,
  name,
  pciID,
  sandbox,
  socketPath,
})

const newestIp = ({ address, gateway, interface: index }: WrittenIp): object => ({
  address: networkText(address),
  gateway,
  interface: index,
})

const newestRoute = ({ advmss, dst, gw, mtu, priority, scope, table }: WrittenRoute): object => ({
  advmss,
  dst: networkText(dst),
  gw,
  mtu,
  priority,
  scope,
  table,
})

/** 0.3.0 to 0.4.0: addresses name their family, dns is always there. */
const middle = ({ dns, interfaces, ips, routes }: WrittenResult): object => ({
  ...listFields({ interfaces: interfaces.map(middleInterface), ips: ips.map(middleIp), routes: routes.map(middleRoute) }),
  dns: dnsFields(dns),
})

const middleInterface = ({ name, mac, sandbox }: ResultInterface): object => ({ name, mac, sandbox })

const middleIp = ({ address, gateway, interface: index, version }: WrittenIp): object => ({
  version: version ?? familyText(address),
  interface: index,
  address: networkText(address),
  gateway,
})

const middleRoute = ({ dst, gw, mtu, advmss, priority, table, scope }: WrittenRoute): object => ({
  dst: networkText(dst),
  gw,
  mtu,
  advmss,
  priority,
  table,
  scope,
})

/** 0.1.0 and 0.2.0: one address per family, the routes beside it, no interfaces. */
const oldest = ({ dns, ips, routes, passedOn }: WrittenResult): object => {
  const ip4 = oldestIp('4', ips, routes)
  const ip6 = oldestIp('6', ips, routes)
  if (ip4 === undefined && ip6 === undefined && passedOn === undefined) throw new Error('cannot convert: no valid IP addresses')
  return { ip4, ip6, dns: dnsFields(dns) }
}

const oldestIp = (family: '4' | '6', ips: WrittenResult['ips'], routes: WrittenResult['routes']): object | undefined => {
  const first = ips.find(({ address, version }) => (version ?? familyText(address)) === family)
  if (first === undefined) return undefined
  const ofFamily = routes
    .filter(({ dst }) => dst === undefined || familyText(dst) === family)
    .map(({ dst, gw }) => ({ dst: networkText(dst), gw }))
  return { ip: networkText(first.address), gateway: first.gateway, ...listFields({ routes: ofFamily }) }
}

/** What is no IPv4 is IPv6 to Go. */
const familyText = (network: Cidr | undefined): string => (network !== undefined && familyOf(network.address) === 4 ? '4' : '6')

const networkText = (network: Cidr | undefined): string => (network === undefined ? '<nil>' : formatCidr(network))

const dnsFields = ({ nameservers, domain, search, options }: Dns): object => ({
  ...listFields({ nameservers }),
  ...textField({ domain }),
  ...listFields({ search, options }),
})

const listFields = (fields: Readonly<Record<string, readonly unknown[]>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, items]) => items.length > 0))

const textField = (fields: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''))
