/** What the services controller needs of the kernel. Implemented over the kernel layer in `proxy/dataplane/`. */
import type { IpvsOperation } from '#kernel/ipvs/types.ts'
import type { ElementItem, ItemMap, RouteItem } from './item.ts'

/** What became of one change: undefined = the kernel acknowledged it. */
export type Outcome = Error | undefined

export interface DataPlane {
  /** Adds or deletes set elements, in one transaction unless they are very many. Adding what is there and deleting what is not are no errors. @throws */
  changeElements(verb: 'add' | 'delete', elements: readonly ElementItem[]): void
  /** Carries out IPVS changes in order; one failing does not stop the others. */
  changeIpvs(operations: readonly IpvsOperation[]): readonly Outcome[]
  /** Makes VIPs local, or no longer. */
  changeRoutes(changes: readonly { readonly verb: 'replace' | 'delete'; readonly route: RouteItem }[]): readonly Outcome[]
  /** Makes what carries the Services (nftables table, dummy link, sysctls) as it must be; true when something had to be changed. @throws */
  ensureBase(): boolean
  /** Everything in the kernel that carries our marks, as items. @throws */
  observe(): ItemMap
}
