/** The addresses of a Service, by the fields that hold them. */
import type { IpAddress } from '#net/address.ts'
import { listed, warning } from '../services/notice.ts'
import type { Service, ServiceNotice } from '../services/types.ts'
import { isSpecial } from '../special-addresses.ts'
import { addressOf, type Fields, fieldsOf, listOf, ObjectError, shown } from './fields.ts'

/** kube-router's: load balancer addresses of this Service are not to be served. */
const SKIP_BALANCER_ANNOTATION = 'kube-router.io/service.skiplbips'

/** clusterIP and clusterIPs together, each address once; `None` and empty texts are no addresses. @throws ObjectError */
export const clusterIpsOf = ({ clusterIP, clusterIPs }: Fields): IpAddress[] => {
  const texts = [clusterIP, ...listOf(clusterIPs)].filter((text) => text !== undefined && text !== null && text !== '' && text !== 'None')
  const addresses = texts.map((text) => {
    const address = addressOf(text)
    if (address === undefined) throw new ObjectError(`spec.clusterIPs: ${shown(text)} is not an IP address`)
    if (isSpecial(address)) throw new ObjectError(`spec.clusterIPs: ${shown(text)} is not an address that a Service can have`)
    return address
  })
  return [...new Set(addresses)]
}

/** spec.externalIPs; what is no address, or none for a Service, is left out and told. */
export const externalIpsOf = ({ externalIPs }: Fields): Pick<Service, 'externalIps' | 'notices'> => {
  const { addresses, notices } = usable('spec.externalIPs', listOf(externalIPs))
  return { externalIps: addresses, notices }
}

/**
 * The ingress addresses of a load balancer that hands packets on as they are: ipMode VIP, or none (KEP-1860). Behind a proxy
 * (ipMode Proxy), and behind a host name, the address is the balancer's own.
 */
export const loadBalancerIpsOf = (
  raw: Fields,
  { type, annotations }: { readonly type: unknown; readonly annotations: Fields },
): Pick<Service, 'loadBalancerIps' | 'notices'> => {
  if (type !== 'LoadBalancer' || Object.hasOwn(annotations, SKIP_BALANCER_ANNOTATION)) return { loadBalancerIps: [], notices: [] }
  const entries = listOf(fieldsOf(fieldsOf(raw.status).loadBalancer).ingress).map(fieldsOf)
  const given = entries.filter(({ ip, ipMode }) => ip !== undefined && ip !== null && ip !== '' && (ipMode ?? 'VIP') === 'VIP')
  const { addresses, notices } = usable(
    'status.loadBalancer.ingress',
    given.map(({ ip }) => ip),
  )
  return { loadBalancerIps: addresses, notices }
}

const usable = (field: string, texts: readonly unknown[]): { readonly addresses: IpAddress[]; readonly notices: ServiceNotice[] } => {
  const entries = texts.map((text) => ({ text, address: addressOf(text) }))
  const fits = (address: IpAddress | undefined): address is IpAddress => address !== undefined && !isSpecial(address)
  const faults = entries.filter(({ address }) => !fits(address)).map(({ text }) => shown(text))
  return {
    addresses: [...new Set(entries.map(({ address }) => address).filter(fits))],
    notices: faults.length === 0 ? [] : [warning('InvalidAddress', `${field}: ${listed(faults)}: not an address that a Service can have`)],
  }
}
