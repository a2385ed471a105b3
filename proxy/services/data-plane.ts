/** What the services controller needs of the kernel. Implemented over the kernel layer in `proxy/dataplane/`. */
import type { IpvsOperation, VirtualServerId } from '#kernel/ipvs/types.ts'
import type { IpAddress } from '#net/address.ts'
import type { ItemMap, RouteItem, TableItem } from './item.ts'
import type { Steps } from './steps.ts'

/** What became of one change: undefined = the kernel acknowledged it. */
export type Outcome = Error | undefined

/** `replace` is for an element of a map whose mark changes. */
export interface ElementChange {
  readonly verb: 'add' | 'replace' | 'delete'
  readonly item: TableItem
}

export interface RouteChange {
  readonly verb: 'replace' | 'delete'
  readonly route: RouteItem
}

/** An address and UDP port of a Service, with whoever answers there now. */
export interface UdpPort {
  readonly address: IpAddress
  readonly port: number
  readonly endpoints: readonly { readonly address: IpAddress; readonly port: number }[]
}

export interface DataPlane {
  /**
   * Changes elements of sets and maps: deletions first, then the rest, all in one transaction unless they are very many. Adding what is
   * there and deleting what is not are no errors. One failing does not stop the others.
   */
  changeElements(changes: readonly ElementChange[]): readonly Outcome[]
  /** Carries out IPVS changes in order; one failing does not stop the others. */
  changeIpvs(operations: readonly IpvsOperation[]): readonly Outcome[]
  /** Makes VIPs local, or no longer. */
  changeRoutes(changes: readonly RouteChange[]): readonly Outcome[]
  /** How many connections each destination of a server has, by `address:port`; nothing for an unknown server. @throws */
  countConnections(server: VirtualServerId): ReadonlyMap<string, number>
  /** Forgets the flows to these ports that somebody answers who is none of their endpoints: their next packet is treated as a first one. @throws */
  forgetFlows(ports: readonly UdpPort[]): void
  /**
   * Makes what carries the Services (nftables table, dummy link, sysctls) as it must be; true when something had to be
   * changed. Until the last step nothing may be put into it. @throws at any step
   */
  ensureBase(): Steps<boolean>
  /** Everything in the kernel that carries our marks, as items. @throws */
  observe(): ItemMap
  /** The same in steps. Without it, observe() is the only one. @throws at any step */
  readonly observing?: () => Steps<ItemMap>
}
