/** Sets of ports, as the kernel writes them in ip_local_reserved_ports: `53,8080,30000-32767`. Pure. */

/** A range of ports; both ends belong to it. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Reads what the kernel prints; undefined for anything else. */
export const parsePortRanges = (text: string): PortRange[] | undefined => {
  const words = text.split(',').map((word) => word.trim())
  const ranges = words.filter((word) => word !== '').map(parseRange)
  return ranges.every((range) => range !== undefined) ? normal(ranges) : undefined
}

export const formatPortRanges = (ranges: readonly PortRange[]): string =>
  ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',')

/** Ports of either, in order, without overlaps; ranges that touch become one. */
export const union = (one: readonly PortRange[], other: readonly PortRange[]): PortRange[] => normal([...one, ...other])

/** Ports of `ranges` that are not in `taken`. */
export const subtract = (ranges: readonly PortRange[], taken: readonly PortRange[]): PortRange[] =>
  normal(taken).reduce<PortRange[]>((left, hole) => left.flatMap((range) => without(range, hole)), normal(ranges))

/** Ports of both. */
export const intersect = (one: readonly PortRange[], other: readonly PortRange[]): PortRange[] => subtract(one, subtract(one, other))

const MOST = 65_535

const parseRange = (word: string): PortRange | undefined => {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(word) ?? []
  if (first === undefined) return undefined
  const range = { first: Number(first), last: Number(last) }
  return range.first <= range.last && range.last <= MOST ? range : undefined
}

const normal = (ranges: readonly PortRange[]): PortRange[] => {
  const merged: PortRange[] = []
  for (const range of ranges.toSorted((one, other) => one.first - other.first)) {
    const before = merged.at(-1)
    if (before === undefined || range.first > before.last + 1) merged.push(range)
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) }
  }
  return merged
}

const without = (range: PortRange, hole: PortRange): PortRange[] => {
  if (hole.last < range.first || hole.first > range.last) return [range]
  return [
    { first: range.first, last: hole.first - 1 },
    { first: hole.last + 1, last: range.last },
  ].filter(({ first, last }) => first <= last)
}
