/** Prints results in the shape, key order and text form of each specification version. */
import { familyOf } from '#net/address.ts'
import { formatCidr } from '#net/cidr.ts'
import type { Dns, Result, ResultInterface, ResultIp, ResultRoute } from './result.ts'
import { prettyPrint } from './text.ts'
import type { CniVersion } from './version.ts'

/** A result as printed in `version`; no final newline. @throws Error `cannot convert: no valid IP addresses` for 0.1.0 and 0.2.0 */
export const formatResult = (result: Result, version: CniVersion): string => {
  if (result.unconverted || version >= '1.0.0') return prettyPrint({ cniVersion: version, ...newest(result) })
  return prettyPrint({ cniVersion: version, ...(version < '0.3.0' ? oldest(result) : middle(result)) })
}

/** 1.0.0 and later: keys in alphabetical order, nothing empty. */
const newest = ({ dns, interfaces, ips, routes }: Result): object => {
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

const newestIp = ({ address, gateway, interface: index }: ResultIp): object => ({ address: formatCidr(address), gateway, interface: index })

const newestRoute = ({ advmss, dst, gw, mtu, priority, scope, table }: ResultRoute): object => ({
  advmss,
  dst: formatCidr(dst),
  gw,
  mtu,
  priority,
  scope,
  table,
})

/** 0.3.0 to 0.4.0: addresses name their family, dns is always there. */
const middle = ({ dns, interfaces, ips, routes }: Result): object => ({
  ...listFields({ interfaces: interfaces.map(middleInterface), ips: ips.map(middleIp), routes: routes.map(middleRoute) }),
  dns: dnsFields(dns),
})

const middleInterface = ({ name, mac, sandbox }: ResultInterface): object => ({ name, mac, sandbox })

const middleIp = ({ address, gateway, interface: index }: ResultIp): object => ({
  version: String(familyOf(address.address)),
  interface: index,
  address: formatCidr(address),
  gateway,
})

const middleRoute = ({ dst, gw, mtu, advmss, priority, table, scope }: ResultRoute): object => ({
  dst: formatCidr(dst),
  gw,
  mtu,
  advmss,
  priority,
  table,
  scope,
})

/** 0.1.0 and 0.2.0: one address per family, the routes beside it, no interfaces. */
const oldest = ({ dns, ips, routes }: Result): object => {
  const ip4 = oldestIp(4, ips, routes)
  const ip6 = oldestIp(6, ips, routes)
  if (ip4 === undefined && ip6 === undefined) throw new Error('cannot convert: no valid IP addresses')
  return { ip4, ip6, dns: dnsFields(dns) }
}

const oldestIp = (family: 4 | 6, ips: readonly ResultIp[], routes: readonly ResultRoute[]): object | undefined => {
  const first = ips.find(({ address }) => familyOf(address.address) === family)
  if (first === undefined) return undefined
  const ofFamily = routes.filter(({ dst }) => familyOf(dst.address) === family).map(({ dst, gw }) => ({ dst: formatCidr(dst), gw }))
  return { ip: formatCidr(first.address), gateway: first.gateway, ...listFields({ routes: ofFamily }) }
}

const dnsFields = ({ nameservers, domain, search, options }: Dns): object => ({
  ...listFields({ nameservers }),
  ...textField({ domain }),
  ...listFields({ search, options }),
})

const listFields = (fields: Readonly<Record<string, readonly unknown[]>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, items]) => items.length > 0))

const textField = (fields: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''))
