/** Which UDP ports of Services have flows that a change made wrong, and who answers at a port now. Pure. */
import { isMarkServer, serverText } from '#kernel/ipvs/server-id.ts'
import type { AddressServerId, VirtualServerId } from '#kernel/ipvs/types.ts'
import { familyOf } from '#net/address.ts'
import type { UdpPort } from './data-plane.ts'
import type { Operation } from './difference.ts'
import { type DestinationItem, itemKey, serverKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

/**
 * The UDP virtual servers that lost a destination, were removed, or got their first destination, among what the kernel acknowledged: before
 * the first one came, packets went elsewhere. To be asked when the ledger knows of the changes.
 */
export const changedUdpServers = (acknowledged: readonly Operation[], ledger: Ledger): AddressServerId[] => {
  const changed = new Map<string, AddressServerId>()
  const holdings = holdingsIn(ledger)
  const noteAll = (ports: readonly AddressServerId[]): void => {
    for (const port of ports) changed.set(serverText(port), port)
  }
  const note = (server: VirtualServerId, owners: readonly ServiceKey[]): void => noteAll(portsOf(server, owners, holdings))
  const added = new Map<string, { item: DestinationItem; owners: readonly ServiceKey[]; count: number }>()
  for (const { verb, item, owners } of acknowledged) {
    if (item.kind === 'mark' && verb === 'remove') noteAll(udpServer(item.element))
    if ((item.kind !== 'destination' && item.kind !== 'server') || !mayBeUdp(item.server)) continue
    if (verb === 'remove') note(item.server, owners)
    else if (verb === 'add' && item.kind === 'destination') {
      const name = serverText(item.server)
      added.set(name, { item, owners, count: (added.get(name)?.count ?? 0) + 1 })
    }
  }
  for (const { item, owners, count } of added.values())
    if (destinationsOf([item.server], holdings).filter((one) => !ledger.isDoubtful(itemKey(one))).length === count)
      note(item.server, owners)
  return [...changed.values()]
}

/** Ports with their endpoints: all destinations that their packets may have been sent to, by address or by mark. */
export const udpPorts = (servers: readonly AddressServerId[], ledger: Ledger): UdpPort[] => {
  const holdings = holdingsIn(ledger)
  return servers.map((server) => {
    const { address, protocol, port } = server
    const mark = ledger.entry(`mark outside${familyOf(address)} ${address} . ${protocol} . ${port}`)?.item
    const marked = mark?.kind === 'mark' ? [{ fwmark: mark.mark, family: familyOf(address) }] : []
    return { address, port, endpoints: destinationsOf([server, ...marked], holdings).map(({ destination }) => destination) }
  })
}

/** What one Service has in the kernel, looked through once however many of its ports are asked for. */
interface Holding {
  readonly destinations: ReadonlyMap<string, readonly DestinationItem[]>
  /** UDP ports that each mark is put on. */
  readonly marked: ReadonlyMap<number, readonly AddressServerId[]>
}

interface Holdings {
  of(owners: readonly ServiceKey[]): readonly Holding[]
  ownersOf(server: VirtualServerId): readonly ServiceKey[]
}

const holdingsIn = (ledger: Ledger): Holdings => {
  const known = new Map<ServiceKey, Holding>()
  const holdingOf = (owner: ServiceKey): Holding => {
    const holding = known.get(owner) ?? lookThrough(owner, ledger)
    known.set(owner, holding)
    return holding
  }
  return {
    of: (owners) => [...new Set(owners)].map(holdingOf),
    ownersOf: (server) => ledger.entry(serverKey(server))?.owners ?? [],
  }
}

const lookThrough = (owner: ServiceKey, ledger: Ledger): Holding => {
  const items = [...ledger.ownedBy(owner)].flatMap((key) => ledger.entry(key)?.item ?? [])
  const marks = items.flatMap((item) =>
    item.kind === 'mark' ? udpServer(item.element).map((server) => ({ server, mark: item.mark })) : [],
  )
  const byMark = Map.groupBy(marks, ({ mark }) => mark)
  return {
    destinations: Map.groupBy(
      items.filter((item) => item.kind === 'destination'),
      ({ server }) => serverText(server),
    ),
    marked: new Map([...byMark].map(([mark, found]) => [mark, found.map(({ server }) => server)])),
  }
}

const mayBeUdp = (server: VirtualServerId): boolean => isMarkServer(server) || server.protocol === 'udp'

/** The addresses and UDP ports whose packets meet a virtual server: one, or all that its mark is put on. */
const portsOf = (server: VirtualServerId, owners: readonly ServiceKey[], holdings: Holdings): readonly AddressServerId[] =>
  isMarkServer(server)
    ? holdings.of([...owners, ...holdings.ownersOf(server)]).flatMap(({ marked }) => marked.get(server.fwmark) ?? [])
    : [{ protocol: server.protocol, address: server.address, port: server.port }]

const udpServer = (element: string): AddressServerId[] => {
  const [address = '', protocol = '', port = ''] = element.split(' . ')
  return protocol === 'udp' ? [{ protocol, address, port: Number(port) }] : []
}

const destinationsOf = (servers: readonly VirtualServerId[], holdings: Holdings): DestinationItem[] =>
  holdings
    .of(servers.flatMap(holdings.ownersOf))
    .flatMap(({ destinations }) => servers.flatMap((server) => destinations.get(serverText(server)) ?? []))
