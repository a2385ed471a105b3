/**
 * The marks of a plan, which lead clients outside to virtual servers of their own. IPVS answers a mark without a virtual server by address and
 * port, and its choice may be on another node, while the rules leave the client's address as it is: no answer would find its way back.
 */
import { isMarkServer, serverText } from '#kernel/ipvs/server-id.ts'
import { familyOf } from '#net/address.ts'
import type { Applied } from './apply.ts'
import { changeElements } from './apply-elements.ts'
import type { DataPlane } from './data-plane.ts'
import type { Operation } from './difference.ts'
import type { Item, MarkItem } from './item.ts'
import { HeldBackError, refusedIn } from './outcomes.ts'

/** In one transaction, but for those whose virtual server could not be made. */
export const changeMarks = (
  operations: readonly Operation[],
  { plane, ipvs }: { readonly plane: DataPlane; readonly ipvs: readonly Applied[] },
): Applied[] => {
  const missing = new Set(refusedIn(ipvs).flatMap(({ operation: { item } }) => markServerOf(item)))
  const isMissing = ({ verb, item }: Operation): boolean => verb !== 'remove' && item.kind === 'mark' && missing.has(serverOfMark(item))
  return [
    ...changeElements(
      operations.filter((operation) => !isMissing(operation)),
      plane,
    ),
    ...operations
      .filter(isMissing)
      .map((operation) => ({ operation, outcome: new HeldBackError('held back: its virtual server is missing') })),
  ]
}

const markServerOf = (item: Item): string[] => (item.kind === 'server' && isMarkServer(item.server) ? [serverText(item.server)] : [])

const serverOfMark = ({ mark, element }: MarkItem): string =>
  serverText({ fwmark: mark, family: familyOf(element.slice(0, element.indexOf(' '))) })

/** A virtual server by mark stays, with its destinations, when the marks of its Service could not be changed. */
export const withoutStuck = (
  removals: readonly Operation[],
  marks: readonly Applied[],
): { readonly free: readonly Operation[]; readonly stuck: readonly Applied[] } => {
  const unmarked = new Set(refusedIn(marks).flatMap(({ operation }) => operation.owners))
  const closing = new Set(
    removals.filter(({ owners }) => owners.some((owner) => unmarked.has(owner))).flatMap(({ item }) => markServerOf(item)),
  )
  const isStuck = ({ item }: Operation): boolean =>
    (item.kind === 'server' || item.kind === 'destination') && isMarkServer(item.server) && closing.has(serverText(item.server))
  return {
    free: removals.filter((operation) => !isStuck(operation)),
    stuck: removals.filter(isStuck).map((operation) => ({ operation, outcome: new HeldBackError('held back: its mark is still given') })),
  }
}
