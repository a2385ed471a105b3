/** Which external addresses a Service may have: kube-router's --strict-external-ip-validation and its ranges. Pure. */
import type { IpAddress } from '#net/address.ts'
import { type Cidr, contains } from '#net/cidr.ts'
import { listed, warning } from './notice.ts'
import type { ServiceNotice } from './types.ts'

export interface AddressRules {
  /** false = every address is allowed, and the ranges do not count. */
  readonly strict: boolean
  /** Where spec.externalIPs must lie; empty = nowhere. */
  readonly external: readonly Cidr[]
  /** Where the load balancers' addresses must lie; empty = nowhere. */
  readonly balancer: readonly Cidr[]
  /** Where neither may lie: whoever may write externalIPs must not be able to take over another Service's cluster IP. */
  readonly cluster: readonly Cidr[]
}

export const EVERY_ADDRESS: AddressRules = { strict: false, external: [], balancer: [], cluster: [] }

const WORDS = {
  external: { field: 'spec.externalIPs', flag: '--service-external-ip-range' },
  balancer: { field: 'status.loadBalancer.ingress', flag: '--loadbalancer-ip-range' },
} as const

/** Those of `addresses` that the rules allow, and why not the others. */
export const admit = (
  addresses: readonly IpAddress[],
  { rules, kind }: { readonly rules: AddressRules; readonly kind: keyof typeof WORDS },
): { readonly addresses: readonly IpAddress[]; readonly notices: readonly ServiceNotice[] } => {
  if (!rules.strict || addresses.length === 0) return { addresses, notices: [] }
  const { flag } = WORDS[kind]
  const why = new Map<string, IpAddress[]>()
  const refuse = (reason: string, address: IpAddress): false => {
    const refused = why.get(reason)
    if (refused === undefined) why.set(reason, [address])
    else refused.push(address)
    return false
  }
  const allowed = addresses.filter((address) => {
    if (rules[kind].length === 0) return refuse(`${flag} is not given`, address)
    if (lies(address, rules.cluster)) return refuse('inside --service-cluster-ip-range', address)
    return lies(address, rules[kind]) || refuse(`outside ${flag}`, address)
  })
  const notices = [...why].map(([reason, refused]) =>
    warning(
      'ExternalAddressRefused',
      `${WORDS[kind].field}: ${listed(refused)}: not served, because ${reason} (--strict-external-ip-validation)`,
    ),
  )
  return { addresses: allowed, notices }
}

const lies = (address: IpAddress, networks: readonly Cidr[]): boolean => networks.some((network) => contains(network, address))
