/** spec.loadBalancerSourceRanges: whom a load balancer's addresses serve. What cannot be read never opens them. */
import { addressNumber, familyOf } from '#net/address.ts'
import { type Cidr, contains, networkOf, parseCidr } from '#net/cidr.ts'
import { listed, warning } from '../services/notice.ts'
import type { Service } from '../services/types.ts'
import { listOf, shown } from './fields.ts'

/** The valid networks, each once and none inside another; nobody when a list is given and none is valid, everybody without a list. */
export const sourceRangesOf = (value: unknown): Pick<Service, 'sourceRanges' | 'notices'> => {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return { sourceRanges: undefined, notices: [] }
  const entries = listOf(value).map((entry) => ({ entry, cidr: typeof entry === 'string' ? parseCidr(entry.trim()) : undefined }))
  const sourceRanges = withoutNested(entries.flatMap(({ cidr }) => cidr ?? []))
  const faults = Array.isArray(value) ? entries.filter(({ cidr }) => cidr === undefined).map(({ entry }) => shown(entry)) : [shown(value)]
  return { sourceRanges, notices: faults.length === 0 ? [] : [refusal(faults, sourceRanges)] }
}

const refusal = (faults: readonly string[], valid: readonly Cidr[]) => {
  const consequence = valid.length > 0 ? 'only the other networks are served' : 'nobody is served at the load balancer addresses'
  return warning('InvalidSourceRange', `spec.loadBalancerSourceRanges: ${listed(faults)}: not a network such as 10.0.0.0/8; ${consequence}`)
}

/** Two networks are apart or one holds the other: in the order of their first addresses, the last one kept is the only one that can hold the next. */
const withoutNested = (cidrs: readonly Cidr[]): Cidr[] => {
  const sorted = cidrs.map(networkOf).map((cidr) => ({ cidr, family: familyOf(cidr.address), first: addressNumber(cidr.address) }))
  sorted.sort((one, other) => {
    if (one.family !== other.family) return one.family - other.family
    if (one.first !== other.first) return one.first < other.first ? -1 : 1
    return one.cidr.prefixLength - other.cidr.prefixLength
  })
  const kept: Cidr[] = []
  for (const { cidr } of sorted) {
    const last = kept.at(-1)
    if (last === undefined || !contains(last, cidr.address)) kept.push(cidr)
  }
  return kept
}
