/** The two tables that this plugin has rules in, as they stand in one family. */
import { type NatTable, parseNatTable } from '#kernel/nat-table.ts'

export interface Tables {
  readonly nat: NatTable
  readonly mangle: NatTable
}

/** Reads what `iptables-save` printed of all tables. */
export const parseTables = (listing: string): Tables => ({ nat: parseNatTable(listing), mangle: parseNatTable(listing, 'mangle') })
