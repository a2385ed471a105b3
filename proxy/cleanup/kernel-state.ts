/** Removing virtual servers, VIP routes, tables and the dummy link that are ours. */
import { hasCode, ignoring } from '#kernel/errno.ts'
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import { serverText } from '#kernel/ipvs/server-id.ts'
import type { Ipvs, IpvsOperation } from '#kernel/ipvs/types.ts'
import type { Nftables } from '#kernel/nftables.ts'
import type { NftElement } from '#kernel/nftables-netlink.ts'
import type { Route, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { type Cidr, contains, formatCidr } from '#net/cidr.ts'
import { DUMMY_LINK } from '../dataplane/base.ts'
import { observedItems } from '../dataplane/observe.ts'
import { ROUTE_PROTOCOL } from '../dataplane/plane.ts'
import { SET_NAMES, TABLE_FAMILY, TABLE_NAME } from '../dataplane/sets.ts'
import type { Item } from '../services/item.ts'
import { attempt, attemptAll } from './attempt.ts'
import type { Step } from './cleanup.ts'

export interface KernelEdges {
  /** Undefined in a kernel without IPVS, or one that has not loaded it: then there are no virtual servers. */
  readonly ipvs: Pick<Ipvs, 'apply'> | undefined
  readonly observeIpvs: () => readonly ObservedIpvsEntry[]
  readonly nftables: Pick<Nftables, 'elements' | 'listTable' | 'transaction'>
  readonly rtnetlink: Pick<Rtnetlink, 'routes' | 'batchRoutes' | 'link' | 'addresses' | 'deleteLink'>
  /** Whether an item is left alone (`--excluded-cidrs`). */
  readonly spares: (item: Item) => boolean
}

export const removeServers = (edges: KernelEdges): Step[] => {
  const { ipvs } = edges
  if (ipvs === undefined) return []
  return attemptAll('removed', 'virtual servers', () => {
    const servers = [...ourItems(edges).values()].flatMap((item) => (item.kind === 'server' && !edges.spares(item) ? [item.server] : []))
    const outcomes = ipvs.apply(servers.map((server): IpvsOperation => ({ verb: 'deleteServer', server })))
    return servers.flatMap((server, index) => stepOf(`virtual server ${serverText(server)}`, outcomes[index]))
  })
}

export const removeRoutes = ({ rtnetlink, spares }: KernelEdges): Step[] =>
  attemptAll('removed', 'routes', () => {
    const routes = ourRoutes(rtnetlink).filter(
      ({ destination, source = '' }) => destination === undefined || !spares({ kind: 'route', address: destination.address, source }),
    )
    const outcomes = rtnetlink.batchRoutes(routes.map((route) => ({ verb: 'delete', route })))
    return routes.flatMap((route, index) => stepOf(`route ${nameOf(route)}`, outcomes[index]))
  })

const nameOf = ({ destination }: Route): string => (destination === undefined ? 'default' : formatCidr(destination))

/** What is gone by itself is nothing that was removed. */
const stepOf = (what: string, outcome: Error | undefined): Step[] => {
  if (hasCode(outcome, 'ENOENT', 'ESRCH')) return []
  return [{ verb: 'removed', what, ...(outcome !== undefined && { failure: outcome }) }]
}

const TABLES = [
  { family: TABLE_FAMILY, name: TABLE_NAME },
  { family: 'arp', name: TABLE_NAME },
] as const

export const removeTables = ({ nftables }: KernelEdges): Step[] =>
  TABLES.flatMap(({ family, name }) =>
    attemptAll('removed', `nftables table ${family} ${name}`, () =>
      nftables.listTable(family, name, { terse: true }) === undefined
        ? []
        : [attempt('removed', `nftables table ${family} ${name}`, () => nftables.transaction(`delete table ${family} ${name}\n`))],
    ),
  )

const LINK_LOCAL: Cidr = { address: 'fe80::', prefixLength: 10 }

/** kube-router has a link of the same name, with its VIPs as addresses: with such it is left. */
export const removeLink = ({ rtnetlink }: KernelEdges): Step[] =>
  attemptAll('removed', `link ${DUMMY_LINK}`, () => {
    const link = rtnetlink.link(DUMMY_LINK)
    if (link === undefined) return []
    const strangers = rtnetlink.addresses({ link: link.index }).filter(({ address }) => !contains(LINK_LOCAL, address))
    if (strangers.length === 0) return [attempt('removed', `link ${DUMMY_LINK}`, () => rtnetlink.deleteLink(link.index))]
    const some = `${formatCidr(strangers[0] ?? LINK_LOCAL)}${strangers.length > 1 ? ` and ${strangers.length - 1} more` : ''}`
    return [{ verb: 'left', what: `link ${DUMMY_LINK}: it has addresses that are not ours (${some})` }]
  })

const TABLE_LOCAL = 255

const ourRoutes = (rtnetlink: KernelEdges['rtnetlink']): Route[] => rtnetlink.routes({ table: TABLE_LOCAL, protocol: ROUTE_PROTOCOL })

const ourItems = ({ nftables, rtnetlink, observeIpvs }: KernelEdges) => {
  const elements = (set: string): NftElement[] =>
    ignoring(['ENOENT'], () => nftables.elements({ family: TABLE_FAMILY, table: TABLE_NAME, set })) ?? []
  return observedItems({
    sets: new Map(SET_NAMES.map((set) => [set, elements(set)])),
    arpVips: [],
    routes: ourRoutes(rtnetlink),
    ipvs: observeIpvs(),
  })
}
