/** A node whose data plane a test programs item by item, with the proxy's own code and without an API server. */
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { observeIpvs } from '#kernel/ipvs/observe.ts'
import { openIpvs } from '#kernel/ipvs/open.ts'
import type { AddressServerId, VirtualServerId } from '#kernel/ipvs/types.ts'
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openNftShapes } from '#kernel/nftables-shape.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { familyOf } from '#net/address.ts'
import { createDataPlane } from '../../../../proxy/dataplane/plane.ts'
import type { TableConfig } from '../../../../proxy/dataplane/rules.ts'
import { applyOperations } from '../../../../proxy/services/apply.ts'
import type { DataPlane } from '../../../../proxy/services/data-plane.ts'
import { type Item, itemMap } from '../../../../proxy/services/item.ts'
import { inOneGo } from '../../../../proxy/services/steps.ts'
import { CONFIG, nftablesIn } from '../../../proxy/dataplane/host.ts'
import { defer, type Owner } from '../../../rig/owner.ts'
import type { UnderlayNode } from '../../../rig/underlay.ts'

export interface ProgrammedNode {
  /** Makes the kernel hold these items beside what it has. */
  put(...items: readonly Item[]): void
  remove(...items: readonly Item[]): void
  /** Writes the tables for another configuration. */
  configure(config: Partial<TableConfig>): void
  /** Keys of everything of ours that the kernel holds. */
  keys(): string[]
}

/** Opens the kernel in the node's namespace, with tables, link and sysctls in place. */
export const programNode = (owner: Owner, { namespace: host }: UnderlayNode): ProgrammedNode => {
  const namespace = openNamespace(host.path)
  const inside = <T>(action: () => T): T => inNamespace(namespace, action)
  const commands = openCommands()
  const [ipvs, rtnetlink, elements] = [openIpvs(namespace, commands), openRtnetlink(namespace), openElementWriter(namespace)]
  defer(owner, () => {
    for (const each of [ipvs, rtnetlink, elements, namespace]) each.close()
  })
  let config = CONFIG
  const plane = createDataPlane(
    {
      ...{ ipvs, rtnetlink, elements, shapes: openNftShapes(namespace) },
      nftables: nftablesIn(openNftables(commands), inside),
      sysctls: openSysctls(),
      observeIpvs: () => observeIpvs(ipvs, namespace),
      conntrack: openConntrack(namespace),
    },
    () => config,
  )
  inside(() => inOneGo(plane.ensureBase()))
  return {
    put: (...items) => change(plane, 'add', items),
    remove: (...items) => change(plane, 'remove', items),
    configure: (tweaks) => {
      config = { ...CONFIG, ...tweaks }
      inside(() => inOneGo(plane.ensureBase()))
    },
    keys: () => [...plane.observe().keys()],
  }
}

const change = (plane: DataPlane, verb: 'add' | 'remove', items: readonly Item[]): void => {
  const operations = [...itemMap(items).values()].map((item) => ({ verb, item, owners: ['test/test'] }))
  for (const { outcome } of applyOperations(operations, plane)) if (outcome !== undefined) throw outcome
}

const SETTINGS = { scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 }

type Endpoint = readonly [address: string, port: number]

/** A virtual server with its destinations. */
export const server = (id: VirtualServerId, endpoints: readonly Endpoint[], settings: Partial<typeof SETTINGS> = {}): Item[] => [
  { kind: 'server', server: { ...id, ...SETTINGS, ...settings } },
  ...endpoints.map(([address, port]): Item => ({ kind: 'destination', server: id, destination: { address, port, weight: 1 } })),
]

/** A VIP with its route, its guard and one port. */
export const vip = (id: AddressServerId, source: string, endpoints: readonly Endpoint[]): Item[] => {
  const family = familyOf(id.address)
  return [
    { kind: 'route', address: id.address, source },
    { kind: 'element', set: `address${family}`, element: id.address },
    { kind: 'element', set: `vip${family}`, element: exposed(id) },
    ...server(id, endpoints),
  ]
}

/** A NodePort at one of the node's addresses. */
export const nodePort = (id: AddressServerId, endpoints: readonly Endpoint[]): Item[] => [
  { kind: 'element', set: `nodeport${familyOf(id.address)}`, element: exposed(id) },
  ...server(id, endpoints),
]

/** What makes an address and port a Local one for outside clients: their mark, and the mark's virtual server. */
export const localOutside = (id: AddressServerId, fwmark: number, endpoints: readonly Endpoint[]): Item[] => [
  { kind: 'mark', set: `outside${familyOf(id.address)}`, element: exposed(id), mark: fwmark },
  ...server({ fwmark, family: familyOf(id.address) }, endpoints),
]

const exposed = ({ protocol, address, port }: AddressServerId): string => `${address} . ${protocol} . ${port}`
