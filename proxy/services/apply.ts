/**
 * Carries a plan out, once, in the order that never exposes half a Service: sets, then virtual servers with their destinations, then
 * the marks that lead clients outside to virtual servers of their own, then the VIP's route; removals backwards, but for marks: without its
 * virtual server a mark leads to endpoints that the rules do not expect. Each operation gets its own outcome.
 */
import { changeElements, elementsBefore, isElement, removeElements, unguarded } from './apply-elements.ts'
import { changeIpvs, removeIpvs } from './apply-ipvs.ts'
import { changeMarks, withoutStuck } from './apply-marks.ts'
import type { DataPlane, Outcome } from './data-plane.ts'
import type { Operation } from './difference.ts'
import { isWithoutWeight } from './drain.ts'
import type { Item } from './item.ts'
import { HeldBackError, outcomesOf, unlessGone } from './outcomes.ts'
import type { ServiceKey } from './types.ts'

export interface Applied {
  readonly operation: Operation
  readonly outcome: Outcome
}

/** Applies operations in any order given; returns each with what became of it. */
export const applyOperations = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const pick = (kind: Item['kind'], removing: boolean): Operation[] =>
    operations.filter(({ item, verb }) => item.kind === kind && (verb === 'remove') === removing)
  const first = new Set(elementsBefore(operations))
  const elements = changeElements([...first], plane)
  const ipvs = changeIpvs([...pick('server', false), ...pick('destination', false)], { plane, unguarded: unguarded(elements) })
  const marks = changeMarks([...pick('mark', false), ...pick('mark', true)], { plane, ipvs })
  const routes = changeRoutes([...pick('route', true), ...pick('route', false)], incomplete([...elements, ...ipvs, ...marks]), plane)
  const { free, stuck } = withoutStuck([...pick('destination', true), ...pick('server', true)], marks)
  return [
    ...[...elements, ...ipvs, ...marks, ...routes, ...stuck],
    ...removeIpvs(free, plane),
    ...removeElements(
      operations.filter((operation) => isElement(operation) && !first.has(operation)),
      { routes, plane },
    ),
  ]
}

/** Services that lack something. An endpoint that should have ended lacks nobody. */
const incomplete = (applied: readonly Applied[]): ReadonlySet<ServiceKey> =>
  new Set(applied.flatMap(({ outcome, operation }) => (outcome === undefined || isWithoutWeight(operation.item) ? [] : operation.owners)))

/** A VIP that is bound already is served as it is: another source for the node's own connections has nothing to wait for. */
const changeRoutes = (operations: readonly Operation[], failed: ReadonlySet<ServiceKey>, plane: DataPlane): Applied[] => {
  const heldBack = ({ verb, owners }: Operation): boolean => verb === 'add' && owners.every((owner) => failed.has(owner))
  const sent = operations.filter((operation) => !heldBack(operation))
  const changes = sent.flatMap(({ verb, item }) =>
    item.kind === 'route' ? [{ verb: verb === 'remove' ? ('delete' as const) : ('replace' as const), route: item }] : [],
  )
  const outcomes = changes.length === 0 ? [] : outcomesOf(changes.length, () => plane.changeRoutes(changes))
  return [
    ...sent.map((operation, index) => ({
      operation,
      outcome: operation.verb === 'remove' ? unlessGone(outcomes[index]) : outcomes[index],
    })),
    ...operations.filter(heldBack).map((operation) => ({ operation, outcome: new HeldBackError('held back: its Service is incomplete') })),
  ]
}
