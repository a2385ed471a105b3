/** What becomes of a new connection, by the items in the kernel: the data plane's rules, in their order, without a kernel. */
import { isMarkServer, serverText } from '#kernel/ipvs/server-id.ts'
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import { familyOf, type IpAddress } from '#net/address.ts'
import { contains, parseCidr } from '#net/cidr.ts'
import type { ItemMap } from '../item.ts'

export interface Packet {
  readonly address: IpAddress
  readonly port: number
  readonly protocol?: 'tcp' | 'udp' | 'sctp'
  /** Whether it comes from a pod or the node itself. */
  readonly inside?: boolean
  readonly source?: IpAddress
}

/** `endpoints` in the order in which they were added; `refused` also where only the guard of a VIP is met, `passed` where nothing of ours is. */
export const walk = (items: ItemMap, { address, port, protocol = 'tcp', inside = false, source }: Packet): string => {
  const family = familyOf(address)
  const text = `${address} . ${protocol} . ${port}`
  const has = (set: string): boolean => items.has(`element ${set}${family} ${text}`)
  if (has('drop')) return 'dropped'
  if (has('restricted') && !allows(items, { text, source: source ?? address })) return 'dropped'
  if (!inside && has('outsidedrop')) return 'dropped'
  if (!has('vip') && !has('nodeport')) return items.has(`element address${family} ${address}`) ? 'refused' : 'passed'
  const mark = items.get(`mark outside${family} ${text}`)
  const plain = { protocol, address, port }
  if (inside || mark?.kind !== 'mark') return balance(items, plain)
  // A mark without a virtual server of its own is no mark: IPVS goes on with address and port.
  const marked = { fwmark: mark.mark, family }
  return balance(items, items.has(`server ${serverText(marked)}`) ? marked : plain)
}

const allows = (items: ItemMap, { text, source }: { readonly text: string; readonly source: IpAddress }): boolean => {
  const prefix = `element allowed${familyOf(source)} ${text} . `
  const networks = [...items.keys()].filter((key) => key.startsWith(prefix)).map((key) => parseCidr(key.slice(prefix.length)))
  return networks.some((network) => network !== undefined && contains(network, source))
}

const balance = (items: ItemMap, id: VirtualServerId): string => {
  if (!items.has(`server ${serverText(id)}`)) return 'no server'
  const endpoints = [...items.values()].flatMap((item) =>
    item.kind === 'destination' && serverText(item.server) === serverText(id)
      ? [`${item.destination.address}:${item.destination.port}`]
      : [],
  )
  return endpoints.length === 0 ? 'refused' : endpoints.join(' ')
}

/** The virtual servers by mark, as text. */
export const markServers = (items: ItemMap): string[] =>
  [...items.values()].flatMap((item) => (item.kind === 'server' && isMarkServer(item.server) ? [serverText(item.server)] : []))
