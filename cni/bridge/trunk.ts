/** The `vlanTrunk` field: which VLANs a port carries tagged. */
import { type Decoded, int, optional, struct } from '../protocol/decode.ts'

/** One element: a range, a single id, or both. */
export const VLAN_TRUNK = struct('main.VlanTrunk', { minID: optional(int), maxID: optional(int), id: optional(int) })

type VlanTrunk = Decoded<typeof VLAN_TRUNK>

/**
 * All VLAN ids of a trunk, ascending and without repetition.
 * @throws Error with the reference's sentence when an id is outside 1 to 4094 or half of a range is missing
 */
export const trunkVlans = (trunk: readonly VlanTrunk[]): number[] => {
  if (trunk.length === 0) return []
  // A set bounds the memory, however often a config repeats a range.
  const vlans = new Set<number>()
  for (const element of trunk) {
    const [first, last] = rangeOf(element)
    for (let vlan = first; vlan <= last; vlan++) vlans.add(vlan)
    if (element.id === undefined) continue
    if (!isVlan(element.id)) throw new Error('incorrect trunk id parameter')
    vlans.add(element.id)
  }
  return [...vlans].sort((one, other) => one - other)
}

const NOTHING = [1, 0] as const

const rangeOf = ({ minID, maxID }: VlanTrunk): readonly [first: number, last: number] => {
  if (minID === undefined && maxID === undefined) return NOTHING
  if (minID === undefined) throw new Error('minID and maxID should be configured simultaneously, minID is missing')
  if (maxID === undefined) throw new Error('minID and maxID should be configured simultaneously, maxID is missing')
  if (!isVlan(minID)) throw new Error('incorrect trunk minID parameter')
  if (!isVlan(maxID)) throw new Error('incorrect trunk maxID parameter')
  if (maxID < minID) throw new Error('minID is greater than maxID in trunk parameter')
  return [minID, maxID]
}

const isVlan = (id: number): boolean => id > 0 && id <= 4094
