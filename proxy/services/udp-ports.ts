/** Which UDP ports of Services have flows that a change made wrong, and who answers at a port now. Pure. */
import { isMarkServer, serverText } from '#kernel/ipvs/server-id.ts'
import type { AddressServerId, VirtualServerId } from '#kernel/ipvs/types.ts'
import { familyOf } from '#net/address.ts'
import type { UdpPort } from './data-plane.ts'
import type { Operation } from './difference.ts'
import { type DestinationItem, type Item, itemKey, serverKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

/**
 * The UDP virtual servers that lost a destination, were removed, or got their first destination, among what the kernel acknowledged: before
 * the first one came, packets went elsewhere. To be asked when the ledger knows of the changes.
 */
export const changedUdpServers = (acknowledged: readonly Operation[], ledger: Ledger): AddressServerId[] => {
  const changed = new Map<string, AddressServerId>()
  const noteAll = (ports: readonly AddressServerId[]): void => {
    for (const port of ports) if (port.protocol === 'udp') changed.set(serverText(port), port)
  }
  const note = (server: VirtualServerId, owners: readonly ServiceKey[]): void => noteAll(portsOf(server, owners, ledger))
  const added = new Map<string, { item: DestinationItem; owners: readonly ServiceKey[]; count: number }>()
  for (const { verb, item, owners } of acknowledged) {
    if (item.kind === 'mark' && verb === 'remove') noteAll(addressServer(item.element))
    if (item.kind !== 'destination' && item.kind !== 'server') continue
    if (verb === 'remove') note(item.server, owners)
    else if (verb === 'add' && item.kind === 'destination' && mayBeUdp(item.server)) {
      const name = serverText(item.server)
      added.set(name, { item, owners, count: (added.get(name)?.count ?? 0) + 1 })
    }
  }
  for (const { item, owners, count } of added.values())
    if (destinationsOf([item.server], ledger).filter((one) => !ledger.isDoubtful(itemKey(one))).length === count) note(item.server, owners)
  return [...changed.values()]
}

/** A port with its endpoints: all destinations that its packets may have been sent to, by address or by mark. */
export const udpPort = (server: AddressServerId, ledger: Ledger): UdpPort => {
  const { address, port } = server
  const mark = ledger.entry(`mark outside${familyOf(address)} ${elementOf(server)}`)?.item
  const marked = mark?.kind === 'mark' ? [{ fwmark: mark.mark, family: familyOf(address) }] : []
  return { address, port, endpoints: destinationsOf([server, ...marked], ledger).map(({ destination }) => destination) }
}

const mayBeUdp = (server: VirtualServerId): boolean => isMarkServer(server) || server.protocol === 'udp'

/** The addresses and ports whose packets meet a virtual server: one, or all that its mark is put on. */
const portsOf = (server: VirtualServerId, owners: readonly ServiceKey[], ledger: Ledger): AddressServerId[] => {
  if (!isMarkServer(server)) return [{ protocol: server.protocol, address: server.address, port: server.port }]
  return itemsOf([...owners, ...ownersOf(server, ledger)], ledger).flatMap((item) =>
    item.kind === 'mark' && item.mark === server.fwmark ? addressServer(item.element) : [],
  )
}

const elementOf = ({ address, protocol, port }: AddressServerId): string => `${address} . ${protocol} . ${port}`

const addressServer = (element: string): AddressServerId[] => {
  const [address = '', protocol = '', port = ''] = element.split(' . ')
  return protocol === 'udp' ? [{ protocol, address, port: Number(port) }] : []
}

const destinationsOf = (servers: readonly VirtualServerId[], ledger: Ledger): DestinationItem[] => {
  const names = new Set(servers.map(serverText))
  const owners = new Set(servers.flatMap((server) => ownersOf(server, ledger)))
  return itemsOf([...owners], ledger).flatMap((item) => (item.kind === 'destination' && names.has(serverText(item.server)) ? [item] : []))
}

const ownersOf = (server: VirtualServerId, ledger: Ledger): readonly ServiceKey[] => ledger.entry(serverKey(server))?.owners ?? []

const itemsOf = (owners: readonly ServiceKey[], ledger: Ledger): Item[] =>
  [...new Set(owners)].flatMap((owner) => [...ledger.ownedBy(owner)].flatMap((key) => ledger.entry(key)?.item ?? []))
