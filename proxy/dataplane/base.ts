/** What every Service stands on: the dummy link that VIP routes point to, the sysctls, and the table's rules. */
import type { Nftables } from '#kernel/nftables.ts'
import type { ElementsChange, NftElementWriter } from '#kernel/nftables-elements.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import { ensureSettings } from '../surroundings/settings.ts'
import type { TableConfig } from './rules.ts'
import { ARP_TABLE, ARP_VIPS, TABLE_FAMILY, TABLE_NAME } from './sets.ts'
import { type PresentTables, tableScript } from './table.ts'
import { isAsWritten, noteScript } from './written.ts'

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
  /** The script that our tables were last seen to be made of, and the ruleset's generation at that time. */
  let script: string | undefined
  let generation: number | undefined

  const changeElements = (changes: readonly ElementsChange[]): void => {
    generation = elements.change({ family: TABLE_FAMILY, table: TABLE_NAME }, changes.flatMap(withArp), generation)
  }

  const ensureTables = (asked: string, config: TableConfig): boolean => {
    const now = nftables.generation()
    if (script === asked && generation === now) return false
    const present = listed(nftables)
    if (!isAsWritten(present, asked)) {
      generation = writeTables(nftables, { asked, config, present })
      script = asked
      return true
    }
    script = asked
    generation = now
    return false
  }

  const ensure = (config: TableConfig): boolean => {
    const settings = ensureSettings(sysctls)
    const link = ensureDummy(rtnetlink)
    dummy = link.index
    const tables = ensureTables(tableScript(config), config)
    return settings || link.changed || tables
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

/** A VIP is in the ARP table's set as long as it is in ours. */
const withArp = (change: ElementsChange): ElementsChange[] =>
  change.set === 'address4' ? [change, { ...change, table: ARP_TABLE, set: ARP_VIPS }] : [change]

interface Writing {
  readonly asked: string
  readonly config: TableConfig
  readonly present: PresentTables
}

/**
 * Returns the ruleset's generation then; undefined when somebody else wrote too. That must not be taken for ours: without a note of it the next look at
 * the kernel writes again.
 */
const writeTables = (nftables: Nftables, { asked, config, present }: Writing): number | undefined => {
  const before = nftables.generation()
  nftables.transaction(tableScript(config, present))
  const written = listed(nftables)
  if (nftables.generation() !== before + 1) return undefined
  nftables.transaction(noteScript(written, asked))
  const after = nftables.generation()
  return after === before + 2 ? after : undefined
}

const listed = (nftables: Nftables): PresentTables => ({
  inet: nftables.listTable(TABLE_FAMILY, TABLE_NAME, { terse: true }) ?? [],
  arp: nftables.listTable(ARP_TABLE.family, ARP_TABLE.table, { terse: true }) ?? [],
})

const ensureDummy = (rtnetlink: Rtnetlink): { index: number; changed: boolean } => {
  const present = rtnetlink.link(DUMMY_LINK)
  if (present?.up) return { index: present.index, changed: false }
  if (present === undefined) rtnetlink.addLink({ kind: 'dummy', name: DUMMY_LINK })
  const link = present ?? rtnetlink.link(DUMMY_LINK)
  if (link === undefined) throw new Error(`${DUMMY_LINK} vanished while it was made`)
  rtnetlink.changeLink(link.index, { up: true })
  return { index: link.index, changed: true }
}
