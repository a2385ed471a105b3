/** What every Service stands on: the dummy link that VIP routes point to, the sysctls, and the table's rules. */
import type { Nftables, NftObject } from '#kernel/nftables.ts'
import type { ElementsChange, NftElementWriter } from '#kernel/nftables-elements.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import { ensureSettings } from '../surroundings/settings.ts'
import { TABLE_FAMILY, TABLE_NAME } from './sets.ts'
import { type TableConfig, tableScript } from './table.ts'

/** kube-router's name for it, so that a node that changes over keeps one link. */
export const DUMMY_LINK = 'kube-dummy-if'

export interface BaseEdges {
  readonly nftables: Nftables
  readonly elements: Pick<NftElementWriter, 'change'>
  readonly rtnetlink: Rtnetlink
  readonly sysctls: Sysctls
}

export interface Base {
  /** Makes it so; true when something had to be changed. @throws when the kernel refuses */
  ensure(config: TableConfig): boolean
  /** A transaction of our own on the table's sets: it is not mistaken for somebody else's. @throws KernelError */
  changeElements(changes: readonly ElementsChange[]): void
  /** Whether others wrote to the ruleset, or took the dummy link away, since we last looked or wrote: two netlink questions. @throws KernelError */
  disturbed(): boolean
  /** Index of the dummy link; known after `ensure`. */
  readonly dummy: number
}

export const createBase = ({ nftables, elements, rtnetlink, sysctls }: BaseEdges): Base => {
  let dummy = 0
  /** Our rules as the kernel printed them after we wrote them, for which config, and the ruleset's generation at that time. */
  let written: { readonly config: string; readonly listing: string } | undefined
  let generation: number | undefined

  const changeElements = (changes: readonly ElementsChange[]): void => {
    generation = elements.change({ family: TABLE_FAMILY, table: TABLE_NAME }, changes, generation)
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
    const settings = ensureSettings(sysctls)
    const link = ensureDummy(rtnetlink)
    dummy = link.index
    const table = ensureTable(config)
    return settings || link.changed || table
  }

  return {
    ensure,
    changeElements,
    disturbed: () => nftables.generation() !== generation || rtnetlink.linkByIndex(dummy)?.up !== true,
    get dummy() {
      return dummy
    },
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
