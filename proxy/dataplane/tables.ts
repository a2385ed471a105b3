/** Our nftables tables in the kernel: made what they must be, changed, and looked after. */
import type { Nftables } from '#kernel/nftables.ts'
import type { ElementsChange, NftElementWriter } from '#kernel/nftables-elements.ts'
import type { TableConfig } from './rules.ts'
import { ARP_TABLE, ARP_VIPS, TABLE_FAMILY, TABLE_NAME } from './sets.ts'
import { type PresentTables, tableScript } from './table.ts'
import { isAsWritten, noteScript } from './written.ts'

export interface TablesEdges {
  readonly nftables: Nftables
  readonly elements: Pick<NftElementWriter, 'change'>
}

export interface Tables {
  /**
   * Makes sets, chains and rules what `config` asks for, in one transaction, and keeps the sets' elements; true when something had to be
   * written. What an earlier run wrote, or another version, is found and kept as far as it is right. @throws NftError, KernelError
   */
  ensure(config: TableConfig): boolean
  /** A transaction of our own on the sets: it is not mistaken for somebody else's. @throws KernelError */
  changeElements(changes: readonly ElementsChange[]): void
  /** Whether others wrote to the ruleset since we last looked or wrote. @throws KernelError */
  disturbed(): boolean
}

export const createTables = ({ nftables, elements }: TablesEdges): Tables => {
  /** The script that our tables were last seen to be made of, and the ruleset's generation at that time. */
  let script: string | undefined
  let generation: number | undefined

  const ensure = (config: TableConfig): boolean => {
    const asked = tableScript(config)
    const now = nftables.generation()
    if (script === asked && generation === now) return false
    const present = listed(nftables)
    const whole = isAsWritten(present, asked)
    generation = whole ? now : writeTables(nftables, { asked, config, present })
    script = asked
    return !whole
  }

  return {
    ensure,
    changeElements: (changes) => {
      generation = elements.change({ family: TABLE_FAMILY, table: TABLE_NAME }, changes.flatMap(withArp), generation)
    },
    disturbed: () => nftables.generation() !== generation,
  }
}

interface Writing {
  readonly asked: string
  readonly config: TableConfig
  readonly present: PresentTables
}

/**
 * Returns the ruleset's generation then; undefined when somebody else wrote too. That must not be taken for ours: without a note of it
 * the next look at the kernel writes again.
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

/** A VIP is in the ARP table's set as long as it is in ours. */
const withArp = (change: ElementsChange): ElementsChange[] =>
  change.set === 'address4' ? [change, { ...change, table: ARP_TABLE, set: ARP_VIPS }] : [change]
