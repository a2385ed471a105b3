/** flannel's subnet.env: what flanneld tells others about this node's network. */
import { familyOf } from '#net/address.ts'
import { type Cidr, contains, networkOf, parseCidr } from '#net/cidr.ts'
import { type Fault, FileFaults, illegal } from './fault.ts'
import { MAX_MTU, MIN_MTU, type PodNetwork } from './pod-network.ts'

/**
 * The pod networks and MTU of a subnet.env. FLANNEL_SUBNET and FLANNEL_IPV6_SUBNET are the *gateway* with its prefix length (10.20.0.1/24).
 * @see https://github.com/flannel-io/flannel/blob/master/pkg/subnet/subnet.go WriteSubnetFile
 * @throws FileFaults naming each variable that is wrong
 */
export const readSubnetEnv = (text: string, source: string): PodNetwork => {
  const variables = variablesOf(text)
  const faults: Fault[] = []
  const podCidrs = FAMILIES.flatMap((family) => subnetOf({ variables, ...family, faults }))
  if (podCidrs.length === 0 && faults.length === 0) {
    faults.push(illegal({ path: 'FLANNEL_SUBNET', value: undefined, legal: 'an address with a prefix length, such as 10.20.0.1/24' }))
  }
  const mtu = mtuOf(variables, faults)
  if (faults.length > 0) throw new FileFaults(source, faults)
  return { podCidrs, mtu }
}

const FAMILIES = [
  { family: 4, subnet: 'FLANNEL_SUBNET', network: 'FLANNEL_NETWORK', example: '10.20.0.1/24' },
  { family: 6, subnet: 'FLANNEL_IPV6_SUBNET', network: 'FLANNEL_IPV6_NETWORK', example: 'fd00:20::1/64' },
] as const

const variablesOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes('=') && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

type Subnet = (typeof FAMILIES)[number] & { readonly variables: ReadonlyMap<string, string>; readonly faults: Fault[] }

const subnetOf = ({ variables, family, subnet, network, example, faults }: Subnet): Cidr[] => {
  const value = variables.get(subnet)
  if (value === undefined || value === '') return []
  const cidr = parseCidr(value)
  if (cidr === undefined || familyOf(cidr.address) !== family) {
    faults.push(illegal({ path: subnet, value, legal: `an IPv${family} address with a prefix length, such as ${example}` }))
    return []
  }
  const networks = (variables.get(network) ?? '').split(',').map(parseCidr)
  if (networks.every((whole) => whole !== undefined && !contains(whole, cidr.address))) {
    faults.push(illegal({ path: subnet, value, legal: `a part of ${network}=${variables.get(network)}` }))
  }
  return [networkOf(cidr)]
}

const mtuOf = (variables: ReadonlyMap<string, string>, faults: Fault[]): number | undefined => {
  const value = variables.get('FLANNEL_MTU')
  if (value === undefined || value === '') return undefined
  const mtu = /^[1-9][0-9]{0,4}$/.test(value) ? Number(value) : 0
  if (mtu >= MIN_MTU && mtu <= MAX_MTU) return mtu
  faults.push(illegal({ path: 'FLANNEL_MTU', value, legal: `a whole number from ${MIN_MTU} to ${MAX_MTU}` }))
  return undefined
}
