/** The pod networks that Kubernetes gave to a node. */
import { familyOf } from '#net/address.ts'
import { type Cidr, formatCidr, networkOf, parseCidr } from '#net/cidr.ts'
import { isObject } from './check.ts'
import { FileFaults, illegal } from './fault.ts'
import { parseJsonFile } from './json-file.ts'
import type { PodNetwork } from './pod-network.ts'

/** A Node object as JSON, as `kubectl get node NAME -o json` prints it. @throws FileFaults naming what is wrong in it */
export const readNode = (text: string, source: string): PodNetwork => {
  const node = parseJsonFile(text, source)
  const spec = isObject(node) && isObject(node.spec) ? node.spec : {}
  const [path, listed] =
    spec.podCIDRs === undefined && spec.podCIDR !== undefined ? ['spec.podCIDR', [spec.podCIDR]] : ['spec.podCIDRs', spec.podCIDRs]
  const legal = 'one network, or one of each family, such as ["10.20.0.0/24"]'
  if (!Array.isArray(listed) || listed.length === 0) throw new FileFaults(source, [illegal({ path, value: listed, legal })])
  const podCidrs = listed.map((value) => (typeof value === 'string' ? networkIn(value) : undefined)).filter((cidr) => cidr !== undefined)
  const families = new Set(podCidrs.map(({ address }) => familyOf(address)))
  if (podCidrs.length < listed.length || families.size < listed.length)
    throw new FileFaults(source, [illegal({ path, value: listed, legal })])
  return { podCidrs, mtu: undefined }
}

const networkIn = (text: string): Cidr | undefined => {
  const cidr = parseCidr(text)
  return cidr !== undefined && formatCidr(networkOf(cidr)) === formatCidr(cidr) ? cidr : undefined
}
