/** A core/v1 Node, reduced to what the proxy uses. */
import type { IpAddress } from '#net/address.ts'
import { type Cidr, networkOf, parseCidr } from '#net/cidr.ts'
import type { Node } from '../services/types.ts'
import { isSpecial } from '../special-addresses.ts'
import { addressOf, type Fields, fieldsOf, listOf, type Report, shown, textOf } from './fields.ts'
import { clusterIdentity } from './identity.ts'

/** kube-router's; the older one names a single CIDR and wins, as there. */
const POD_CIDR_ANNOTATIONS = ['kube-router.io/pod-cidr', 'kube-router.io/pod-cidrs']
const ZONE_LABEL = 'topology.kubernetes.io/zone'
/** The cluster autoscaler's, which load balancers heed through our health (KEP-3836). */
const DELETION_TAINT = 'ToBeDeletedByClusterAutoscaler'

/**
 * The Node; addresses and CIDRs that are none are left out.
 * @param report takes what is odd but does not stop us
 * @throws ObjectError when it has no name
 */
export const reduceNode = (raw: unknown, report: Report): Node => {
  const { key, annotations, labels } = clusterIdentity(raw)
  const { metadata, spec, status } = fieldsOf(raw)
  const addresses = listOf(fieldsOf(status).addresses).map(fieldsOf)
  return {
    name: key,
    addresses: [...new Set(['InternalIP', 'ExternalIP'].flatMap((type) => addressesOf(addresses, { type, report })))],
    podCidrs: podCidrsOf(annotations, { spec: fieldsOf(spec), report }),
    zone: textOf(labels[ZONE_LABEL]),
    deleting: textOf(fieldsOf(metadata).deletionTimestamp) !== '',
    taintedForDeletion: listOf(fieldsOf(spec).taints).some((taint) => fieldsOf(taint).key === DELETION_TAINT),
  }
}

const addressesOf = (entries: readonly Fields[], { type, report }: { readonly type: string; readonly report: Report }): IpAddress[] =>
  entries
    .filter((entry) => entry.type === type)
    .flatMap((entry) => {
      const address = addressOf(entry.address)
      // kubelet refuses the special ones too (--node-ip): a NodePort there would be in the machine's own way.
      if (address !== undefined && !isSpecial(address)) return [address]
      report(`status.addresses: ${shown(entry.address)} is not an IP address that a node can have; it is left out`)
      return []
    })

/** The first source that names any CIDR: annotations, spec.podCIDRs, spec.podCIDR. */
const podCidrsOf = (annotations: Fields, { spec, report }: { readonly spec: Fields; readonly report: Report }): Cidr[] => {
  const sources = [
    ...POD_CIDR_ANNOTATIONS.map((name) => ({ field: `annotation ${name}`, values: textOf(annotations[name]).split(',') })),
    { field: 'spec.podCIDRs', values: listOf(spec.podCIDRs) },
    { field: 'spec.podCIDR', values: [spec.podCIDR] },
  ]
  for (const { field, values } of sources) {
    const cidrs = values.flatMap((value) => cidrAt(value, { field, report }))
    if (cidrs.length > 0) return cidrs
  }
  return []
}

const cidrAt = (value: unknown, { field, report }: { readonly field: string; readonly report: Report }): Cidr[] => {
  const text = textOf(value).trim()
  if (text === '') return []
  const cidr = parseCidr(text)
  if (cidr === undefined) report(`${field}: ${shown(text)} is not a CIDR; it is left out`)
  return cidr === undefined ? [] : [networkOf(cidr)]
}
