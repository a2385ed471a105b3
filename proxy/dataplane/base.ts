/** What every Service stands on: the dummy link that VIP routes point to, the sysctls, and the table's rules. */
import type { Nftables, NftObject } from '#kernel/nftables.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import { TABLE_FAMILY, TABLE_NAME } from './sets.ts'
import { type TableConfig, tableScript } from './table.ts'

/** kube-router's name for it, so that a node that changes over keeps one link. */
export const DUMMY_LINK = 'kube-dummy-if'

/** A sysctl that must have a value; `optional` ones belong to modules or families that a node may lack. */
interface Setting {
  readonly path: string
  readonly value: string
  readonly optional?: boolean
}

const SETTINGS: readonly Setting[] = [
  // Without it netfilter does not see IPVS's translation, and nothing can be masqueraded.
  { path: 'net/ipv4/vs/conntrack', value: '1' },
  // Connections to an endpoint that was removed are dropped at their next packet, and their clients told to connect anew.
  { path: 'net/ipv4/vs/expire_nodest_conn', value: '1' },
  { path: 'net/ipv4/vs/expire_quiescent_template', value: '1' },
  // IPv6 forwarding is left to the CNI plugin that makes an IPv6 gateway: switching it on ends a host's own use of router advertisements.
  { path: 'net/ipv4/ip_forward', value: '1' },
  // Answers between two pods of one bridge must pass IPVS, or they arrive from the pod's address and not the VIP's.
  { path: 'net/bridge/bridge-nf-call-iptables', value: '1', optional: true },
  { path: 'net/bridge/bridge-nf-call-ip6tables', value: '1', optional: true },
]

export interface BaseEdges {
  readonly nftables: Nftables
  readonly rtnetlink: Rtnetlink
  readonly sysctls: Sysctls
}

export interface Base {
  /** Makes it so; true when something had to be changed. @throws when the kernel refuses */
  ensure(config: TableConfig): boolean
  /** A transaction of our own on the table: it is not mistaken for somebody else's. @throws NftError */
  transaction(script: string): void
  /** Index of the dummy link; known after `ensure`. */
  readonly dummy: number
}

export const createBase = ({ nftables, rtnetlink, sysctls }: BaseEdges): Base => {
  let dummy = 0
  /** Our rules as the kernel printed them after we wrote them, for which config, and the ruleset's generation at that time. */
  let written: { readonly config: string; readonly listing: string } | undefined
  let generation: number | undefined

  const transaction = (script: string): void => {
    const before = nftables.generation()
    nftables.transaction(script)
    const after = nftables.generation()
    // Exactly one step means that nobody else wrote in between.
    generation = before === generation && after === before + 1 ? after : undefined
  }

  const ensureTable = (config: TableConfig): boolean => {
    const asked = JSON.stringify(config)
    const now = nftables.generation()
    if (written?.config === asked && generation === now) return false
    if (written?.config === asked && listing(nftables) === written.listing) {
      generation = now
      return false
    }
    nftables.transaction(tableScript(config))
    generation = nftables.generation()
    written = { config: asked, listing: listing(nftables) }
    return true
  }

  const ensure = (config: TableConfig): boolean => {
    const settings = SETTINGS.map(({ path, value, optional }) => ensureSetting(sysctls, { path, value, optional: optional === true }))
    const link = ensureDummy(rtnetlink)
    dummy = link.index
    const table = ensureTable(config)
    return settings.includes(true) || link.changed || table
  }

  return {
    ensure,
    transaction,
    get dummy() {
      return dummy
    },
  }
}

const ensureSetting = (sysctls: Sysctls, { path, value, optional }: Required<Setting>): boolean => {
  try {
    return sysctls.ensure(path, value)
  } catch (error) {
    if (optional) return false
    throw error
  }
}

const ensureDummy = (rtnetlink: Rtnetlink): { index: number; changed: boolean } => {
  const present = rtnetlink.link(DUMMY_LINK)
  if (present?.up) return { index: present.index, changed: false }
  if (present === undefined) rtnetlink.addLink({ kind: 'dummy', name: DUMMY_LINK })
  const link = present ?? rtnetlink.link(DUMMY_LINK)
  if (link === undefined) throw new Error(`${DUMMY_LINK} vanished while it was made`)
  rtnetlink.changeLink(link.index, { up: true })
  return { index: link.index, changed: true }
}

/** The table without handles, which count up with every rewrite, and without the sets' elements. */
const listing = (nftables: Nftables): string => {
  const objects = nftables.listTable(TABLE_FAMILY, TABLE_NAME, { terse: true }) ?? []
  return JSON.stringify(objects.map(withoutHandles))
}

const withoutHandles = (object: NftObject): unknown =>
  JSON.parse(JSON.stringify(object, (name, value: unknown) => (name === 'handle' || name === 'elem' ? undefined : value)))
