/** The sets and maps of our tables that hold the Services. */
import type { NftObject } from '#kernel/nftables.ts'
import type { ElementsTable } from '#kernel/nftables-elements.ts'
import type { MapName, SetName } from '../services/item.ts'

export const TABLE_FAMILY = 'inet'
export const TABLE_NAME = 'selvedge'
export const TABLE = `${TABLE_FAMILY} ${TABLE_NAME}`

/** ARP is not seen by `inet` tables: it has one of its own, with a copy of the VIPs. */
export const ARP_TABLE: ElementsTable = { family: 'arp', table: TABLE_NAME }
export const ARP_VIPS = 'vip4'

interface Shape {
  readonly fields: readonly string[]
  readonly gives?: 'mark'
  readonly interval?: true
}

const EXPOSED4 = ['ipv4_addr', 'inet_proto', 'inet_service'] as const
const EXPOSED6 = ['ipv6_addr', 'inet_proto', 'inet_service'] as const

const SHAPES: Readonly<Record<SetName | MapName, Shape>> = {
  vip4: { fields: EXPOSED4 },
  vip6: { fields: EXPOSED6 },
  address4: { fields: ['ipv4_addr'] },
  address6: { fields: ['ipv6_addr'] },
  nodeport4: { fields: EXPOSED4 },
  nodeport6: { fields: EXPOSED6 },
  drop4: { fields: EXPOSED4 },
  drop6: { fields: EXPOSED6 },
  outsidedrop4: { fields: EXPOSED4 },
  outsidedrop6: { fields: EXPOSED6 },
  outside4: { fields: EXPOSED4, gives: 'mark' },
  outside6: { fields: EXPOSED6, gives: 'mark' },
  restricted4: { fields: EXPOSED4 },
  restricted6: { fields: EXPOSED6 },
  allowed4: { fields: [...EXPOSED4, 'ipv4_addr'], interval: true },
  allowed6: { fields: [...EXPOSED6, 'ipv6_addr'], interval: true },
  hairpin4: { fields: ['ipv4_addr', 'ipv4_addr'] },
  hairpin6: { fields: ['ipv6_addr', 'ipv6_addr'] },
  marks: { fields: ['mark'] },
}

/** The names of all sets and maps that hold Services. */
export const SET_NAMES = Object.keys(SHAPES) as readonly (SetName | MapName)[]

/** Statements that make the sets of the `inet` table, and leave those that are there as they are. */
export const setStatements = (): string[] =>
  SET_NAMES.map((name) => {
    const { fields, gives, interval } = SHAPES[name]
    const type = `type ${fields.join(' . ')}${gives === undefined ? '' : ` : ${gives}`};`
    return `add ${gives === undefined ? 'set' : 'map'} ${TABLE} ${name} { ${type}${interval === true ? ' flags interval;' : ''} }`
  })

/**
 * Statements that delete what is called as no set of ours is, or has another type than it: an older version's. What it held of Services is missing
 * then, and added by the audit that follows.
 * @param present what the kernel has of the table, as `nft -j` lists it
 */
export const staleSetStatements = (present: readonly NftObject[]): string[] =>
  present.flatMap((object) => {
    const kind = object.set === undefined ? 'map' : 'set'
    const found = object[kind] as ListedSet | undefined
    if (found === undefined || isAsWanted(found, SHAPES[found.name as SetName | MapName])) return []
    return [`delete ${kind} ${TABLE} ${found.name}`]
  })

/** @see libnftables-json(5) */
interface ListedSet {
  readonly name: string
  readonly type: string | readonly string[]
  readonly map?: string
  readonly flags?: readonly string[]
}

const isAsWanted = ({ type, map, flags = [] }: ListedSet, shape: Shape | undefined): boolean =>
  shape !== undefined &&
  [type].flat().join() === shape.fields.join() &&
  map === shape.gives &&
  flags.join() === (shape.interval === true ? 'interval' : '')
