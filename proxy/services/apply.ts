/**
 * Carries a plan out, once, in the order that never exposes half a Service: sets, then virtual servers with their destinations, then
 * the marks that lead clients outside to virtual servers of their own, then the VIP's route; removals backwards, but for marks: without its
 * virtual server a mark leads to endpoints that the rules do not expect. Each operation gets its own outcome.
 */
import { changeElements, elementsInOrder, removeElements, unguarded } from './apply-elements.ts'
import { changeIpvs, removeIpvs } from './apply-ipvs.ts'
import { changeMarks, withoutStuck } from './apply-marks.ts'
import type { DataPlane, Outcome, RouteChange } from './data-plane.ts'
import type { Operation } from './difference.ts'
import { isWithoutWeight } from './drain.ts'
import type { Item } from './item.ts'
import { HeldBackError, outcomesOf, refusedIn, unlessGone } from './outcomes.ts'
import type { ServiceKey } from './types.ts'

export interface Applied {
  readonly operation: Operation
  readonly outcome: Outcome
}

/** Applies operations in any order given; returns each with what became of it. */
export const applyOperations = (operations: readonly Operation[], plane: DataPlane): Applied[] => {
  const { made, removed } = sorted(operations)
  const { first, last } = elementsInOrder({ made: made.element, removed: removed.element })
  const elements = changeElements(first, plane)
  const ipvs = changeIpvs([...made.server, ...made.destination], { plane, unguarded: unguarded(elements) })
  const marks = changeMarks([...made.mark, ...removed.mark], { plane, ipvs })
  const routes = changeRoutes([...removed.route, ...made.route], incomplete([...elements, ...ipvs, ...marks]), plane)
  const { free, stuck } = withoutStuck([...removed.destination, ...removed.server], marks)
  return [elements, ipvs, marks, routes, stuck, removeIpvs(free, plane), removeElements(last, { routes, plane })].flat()
}

type ByKind = Readonly<Record<Item['kind'], Operation[]>>

const sorted = (operations: readonly Operation[]): { readonly made: ByKind; readonly removed: ByKind } => {
  const [made, removed] = [emptyKinds(), emptyKinds()]
  for (const operation of operations) (operation.verb === 'remove' ? removed : made)[operation.item.kind].push(operation)
  return { made, removed }
}

const emptyKinds = (): ByKind => ({ element: [], mark: [], server: [], destination: [], route: [] })

/** Services that lack something. An endpoint that should have ended lacks nobody. */
const incomplete = (applied: readonly Applied[]): ReadonlySet<ServiceKey> =>
  new Set(refusedIn(applied).flatMap(({ operation: { item, owners } }) => (isWithoutWeight(item) ? [] : owners)))

/** A VIP that is bound already is served as it is: another source for the node's own connections has nothing to wait for. */
const changeRoutes = (operations: readonly Operation[], failed: ReadonlySet<ServiceKey>, plane: DataPlane): Applied[] => {
  const heldBack = ({ verb, owners }: Operation): boolean => verb === 'add' && owners.every((owner) => failed.has(owner))
  const sent = failed.size === 0 ? operations : operations.filter((operation) => !heldBack(operation))
  const changes: RouteChange[] = []
  for (const { verb, item } of sent)
    if (item.kind === 'route') changes.push({ verb: verb === 'remove' ? 'delete' : 'replace', route: item })
  const outcomes = changes.length === 0 ? [] : outcomesOf(changes.length, () => plane.changeRoutes(changes))
  const applied = sent.map((operation, index) => ({
    operation,
    outcome: operation.verb === 'remove' ? unlessGone(outcomes[index]) : outcomes[index],
  }))
  if (sent === operations) return applied
  const waiting = operations.filter(heldBack)
  return [...applied, ...waiting.map((operation) => ({ operation, outcome: new HeldBackError('held back: its Service is incomplete') }))]
}
