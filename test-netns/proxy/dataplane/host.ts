/** Our tables in a namespace of a test's own, written by the proxy's own code. */
import { type CommandRunner, openCommands } from '#kernel/command.ts'
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import { type Nftables, openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openNftShapes } from '#kernel/nftables-shape.ts'
import { elementsChanges } from '../../../proxy/dataplane/element-changes.ts'
import type { TableConfig } from '../../../proxy/dataplane/rules.ts'
import { createTables, type Tables } from '../../../proxy/dataplane/tables.ts'
import type { MapName, SetName, TableItem } from '../../../proxy/services/item.ts'
import type { NetNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'

export const CONFIG: TableConfig = {
  masqueradeAll: false,
  ping: true,
  masqueradePorts: { first: 32_768, last: 65_535 },
  inside: [{ address: '10.20.0.0', prefixLength: 16 }],
  own: [{ address: '10.20.0.0', prefixLength: 24 }],
}

export interface TablesHost {
  readonly tables: Tables
  readonly commands: CommandRunner
  readonly generation: () => number
  /** `add('vip4', '10.96.0.1 . tcp . 80')`; with a mark for maps. */
  add(set: SetName | MapName, element: string, mark?: number): void
  remove(set: SetName | MapName, element: string, mark?: number): void
}

/** A writer of our tables that has just started. */
export const openTables = (owner: Owner, host: NetNamespace): TablesHost => {
  const namespace = openNamespace(host.path)
  defer(owner, () => namespace.close())
  const commands = openCommands()
  const nftables = nftablesIn(openNftables(commands), (action) => inNamespace(namespace, action))
  const elements = openElementWriter(namespace)
  defer(owner, () => elements.close())
  const tables = createTables({ nftables, shapes: openNftShapes(namespace), elements })
  return {
    tables,
    commands,
    generation: nftables.generation,
    add: (...element) => tables.changeElements(elementsChanges([{ verb: 'add', item: itemOf(...element) }])),
    remove: (...element) => tables.changeElements(elementsChanges([{ verb: 'delete', item: itemOf(...element) }])),
  }
}

const itemOf = (set: SetName | MapName, element: string, mark = 0): TableItem =>
  set === 'outside4' || set === 'outside6' ? { kind: 'mark', set, element, mark } : { kind: 'element', set, element }

/** nft(8) runs in the namespace of the thread that starts it. */
export const nftablesIn = (nftables: Nftables, inside: <T>(action: () => T) => T): Nftables => ({
  transaction: (script) => inside(() => nftables.transaction(script)),
  transactionOf: (commands) => inside(() => nftables.transactionOf(commands)),
  listTable: (...table) => inside(() => nftables.listTable(...table)),
  generation: () => inside(() => nftables.generation()),
  elements: (set) => inside(() => nftables.elements(set)),
})
