/** Flags about the addresses of Services: kube-router's, and --nodeport-addresses, which is kube-proxy's. */
import { type Cidr, networkOf, parseCidr } from '#net/cidr.ts'
import { type Flag, type Reading, UsageError } from '../../flags/flag.ts'
import { networksFlag, switchFlag } from '../../flags/kinds.ts'
import type { NodePortAddresses } from '../node-view.ts'
import type { AddressRules } from '../services/address-rules.ts'

const GROUP = 'Services'

const PRIMARY_OR_NETWORKS = 'primary, or comma-separated networks such as 192.0.2.0/24 or 2001:db8::/64'

/** `primary` or networks; empty = neither. A repeated flag adds to the networks, as in kube-proxy. */
const nodePortAddressesFlag: Flag<'primary' | readonly Cidr[]> = {
  group: GROUP,
  placeholder: 'primary|CIDR[,CIDR]',
  fallback: '',
  help: "Open NodePorts on the Node object's first address of each family (primary), or on the machine's addresses inside these networks. Without it, on all addresses of the Node object.",
  read: (text): Reading<'primary' | readonly Cidr[]> => {
    if (text === 'primary') return { value: text }
    const parsed = text === '' ? [] : text.split(',').map((item) => parseCidr(item.trim()))
    const value = parsed.filter((cidr) => cidr !== undefined).map(networkOf)
    return value.length === parsed.length ? { value } : { legal: PRIMARY_OR_NETWORKS }
  },
  merge: (earlier, later) => (typeof earlier === 'string' || typeof later === 'string' ? later : [...earlier, ...later]),
}

export const ADDRESS_FLAGS = {
  'nodeport-addresses': nodePortAddressesFlag,
  'strict-external-ip-validation': switchFlag({
    group: GROUP,
    fallback: 'true',
    help: 'Serve externalIPs and load balancer addresses only inside the two ranges below: without them, none. With =false, whoever may write Services may take over any address.',
  }),
  'service-external-ip-range': networksFlag({ group: GROUP, fallback: '', help: 'Where externalIPs must lie.' }),
  'loadbalancer-ip-range': networksFlag({ group: GROUP, fallback: '', help: 'Where the addresses of load balancers must lie.' }),
  'service-cluster-ip-range': networksFlag({
    group: GROUP,
    fallback: '10.96.0.0/12',
    help: 'Networks of the cluster IPs, one or two: no externalIP and no load balancer address may lie inside.',
  }),
}

/** @throws UsageError when two flags say different things */
export const nodePortAddressesOf = (chosen: 'primary' | readonly Cidr[], all: boolean): NodePortAddresses => {
  const given = chosen === 'primary' || chosen.length > 0
  if (given && all) throw new UsageError(['--nodeport-addresses and --nodeport-bindon-all-ip exclude each other'])
  if (given) return chosen
  return all ? 'all' : 'node'
}

/** @throws UsageError for no or three cluster IP ranges, which kube-router refuses too */
export const addressRulesOf = (rules: AddressRules): AddressRules => {
  const count = rules.cluster.length
  if (count < 1 || count > 2)
    throw new UsageError([`--service-cluster-ip-range names ${count} networks: expected one, or one of each family`])
  return Object.freeze(rules)
}
