/** The sets and maps of our table that hold the Services. */
import type { MapName, SetName } from '../services/item.ts'

export const TABLE_FAMILY = 'inet'
export const TABLE_NAME = 'selvedge'
export const TABLE = `${TABLE_FAMILY} ${TABLE_NAME}`

interface SetShape {
  readonly kind: 'set' | 'map'
  readonly type: string
}

const set = (type: string): SetShape => ({ kind: 'set', type: `type ${type};` })
const EXPOSED4 = 'ipv4_addr . inet_proto . inet_service'
const EXPOSED6 = 'ipv6_addr . inet_proto . inet_service'

const SHAPES: Readonly<Record<SetName | MapName, SetShape>> = {
  vip4: set(EXPOSED4),
  vip6: set(EXPOSED6),
  address4: set('ipv4_addr'),
  address6: set('ipv6_addr'),
  nodeport4: set(EXPOSED4),
  nodeport6: set(EXPOSED6),
  drop4: set(EXPOSED4),
  drop6: set(EXPOSED6),
  outsidedrop4: set(EXPOSED4),
  outsidedrop6: set(EXPOSED6),
  outside4: { kind: 'map', type: `type ${EXPOSED4} : mark;` },
  outside6: { kind: 'map', type: `type ${EXPOSED6} : mark;` },
  restricted4: set(EXPOSED4),
  restricted6: set(EXPOSED6),
  allowed4: { kind: 'set', type: `type ${EXPOSED4} . ipv4_addr; flags interval;` },
  allowed6: { kind: 'set', type: `type ${EXPOSED6} . ipv6_addr; flags interval;` },
  hairpin4: set('ipv4_addr . ipv4_addr'),
  hairpin6: set('ipv6_addr . ipv6_addr'),
}

/** The names of all sets and maps that hold Services. */
export const SET_NAMES = Object.keys(SHAPES) as readonly (SetName | MapName)[]

/** Statements that make the sets, and leave those that are there as they are. */
export const setStatements = (): string[] => SET_NAMES.map((name) => `add ${SHAPES[name].kind} ${TABLE} ${name} { ${SHAPES[name].type} }`)
