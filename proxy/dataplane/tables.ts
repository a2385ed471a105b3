/** Our nftables tables in the kernel: made what they must be, changed, and looked after. */
import type { BackgroundNft } from '#kernel/background-nft.ts'
import type { Nftables, NftObject } from '#kernel/nftables.ts'
import type { ElementsChange, ElementsTable, NftElementWriter } from '#kernel/nftables-elements.ts'
import type { NftShapes } from '#kernel/nftables-shape.ts'
import { type Steps, waitFor } from '../services/steps.ts'
import type { TableConfig } from './rules.ts'
import { ARP_TABLE, ARP_VIPS, TABLE_FAMILY, TABLE_NAME } from './sets.ts'
import { type PresentTables, tableScript } from './table.ts'
import { isAsWritten, noteOf, type TableShapes } from './written.ts'

export interface TablesEdges {
  readonly nftables: Nftables
  /** nft while others have their turns; without it nft is waited for. */
  readonly backgroundNft?: BackgroundNft
  readonly shapes: NftShapes
  readonly elements: Pick<NftElementWriter, 'change'>
}

export interface Tables {
  /**
   * Makes sets, chains and rules what `config` asks for, in one transaction, and keeps the sets' elements; true when something had to be
   * written. What an earlier run wrote, or another version, is found and kept as far as it is right. Until the last step
   * no element is to be changed. @throws NftError, KernelError at any step
   */
  ensure(config: TableConfig): Steps<boolean>
  /** A transaction of our own on the sets: it is not mistaken for somebody else's. @throws KernelError */
  changeElements(changes: readonly ElementsChange[]): void
  /** Whether others wrote to the ruleset since we last looked or wrote. @throws KernelError */
  disturbed(): boolean
}

export const createTables = ({ nftables, backgroundNft, shapes, elements }: TablesEdges): Tables => {
  /** The script that our tables were last seen to be made of, and the ruleset's generation at that time. */
  let script: string | undefined
  let generation: number | undefined
  /** What is written now is ours. */
  let writing = false

  const nft: EitherNft = backgroundNft ?? nftables

  function* ensure(config: TableConfig): Steps<boolean> {
    const asked = tableScript(config)
    const now = nftables.generation()
    if (script === asked && generation === now) return false
    writing = true
    try {
      const found = readShapes(shapes)
      const whole = isAsWritten(found, asked)
      generation = whole ? now : yield* writeTables({ nftables, nft, shapes }, { asked, config, found })
      script = asked
      return !whole
    } finally {
      writing = false
    }
  }

  return {
    ensure,
    changeElements: (changes) => {
      generation = elements.change(INET_TABLE, changes.flatMap(withArp), generation)
    },
    disturbed: () => !writing && nftables.generation() !== generation,
  }
}

/** nft, whether it is waited for or not. */
type EitherNft = Pick<Nftables, 'transaction' | 'listTable'> | BackgroundNft

interface Writers {
  readonly nftables: Pick<Nftables, 'generation'>
  readonly nft: EitherNft
  readonly shapes: NftShapes
}

interface Writing {
  readonly asked: string
  readonly config: TableConfig
  readonly found: TableShapes
}

/**
 * Returns the ruleset's generation then; undefined when somebody else wrote too. That must not be taken for ours: without a note of it
 * the next look at the kernel writes again.
 */
function* writeTables({ nftables, nft, shapes }: Writers, { asked, config, found }: Writing): Steps<number | undefined> {
  const before = nftables.generation()
  yield* waitFor(nft.transaction(tableScript(config, yield* listed(nft, found))))
  const written = readShapes(shapes)
  if (nftables.generation() !== before + 1) return undefined
  shapes.addChain(INET_TABLE, noteOf(written, asked))
  const after = nftables.generation()
  return after === before + 2 ? after : undefined
}

const INET_TABLE: ElementsTable = { family: TABLE_FAMILY, table: TABLE_NAME }

const readShapes = ({ read }: NftShapes): TableShapes => ({ inet: read(INET_TABLE) ?? [], arp: read(ARP_TABLE) ?? [] })

/** What is to be taken away has names that nft knows; where there is nothing, nft is not asked. */
function* listed(nft: EitherNft, { inet, arp }: TableShapes): Steps<PresentTables> {
  return { inet: yield* listedIf(nft, inet, INET_TABLE), arp: yield* listedIf(nft, arp, ARP_TABLE) }
}

function* listedIf(nft: EitherNft, found: readonly unknown[], { family, table }: ElementsTable): Steps<readonly NftObject[]> {
  if (found.length === 0) return []
  return (yield* waitFor(nft.listTable(family, table, { terse: true }))) ?? []
}

/** A VIP is in the ARP table's set as long as it is in ours. */
const withArp = (change: ElementsChange): ElementsChange[] =>
  change.set === 'address4' ? [change, { ...change, table: ARP_TABLE, set: ARP_VIPS }] : [change]
