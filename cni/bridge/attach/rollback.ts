/**
 * Undoing what a failed ADD did to the bridge. Bridge and addresses are the network's, not one attachment's: once another port is on
 * the bridge they stay, for that pod relies on them. What makes no difference to anybody stays in any case: settings, forwarding, a
 * bridge being up or promiscuous.
 *
 * Looking for ports and deleting the bridge are two messages. An ADD that found the bridge before fails where it joins it, or where it
 * looks at its port, and undoes itself; only one that did all its work between the two messages would not notice.
 */
import { ignoring } from '#kernel/errno.ts'
import { apply, type Workbench } from './apply.ts'
import type { Operation, OperationOf } from './operation.ts'

export type Undo =
  | { readonly type: 'delete-bridge'; readonly bridge: string }
  | OperationOf<'add-bridge-address'>
  | OperationOf<'remove-bridge-address'>

/** What undoes these operations, the last one first. A bridge that goes takes its addresses with it. */
export const undoOf = (done: readonly Operation[]): Undo[] => {
  const made = done.find((operation) => operation.type === 'create-bridge')
  if (made !== undefined) return [{ type: 'delete-bridge', bridge: made.bridge }]
  return done.toReversed().flatMap((operation): Undo[] => {
    if (operation.type === 'add-bridge-address') return [{ ...operation, type: 'remove-bridge-address' }]
    if (operation.type === 'remove-bridge-address') return [{ ...operation, type: 'add-bridge-address' }]
    return []
  })
}

/** Undoes operations on the bridge, unless it has a port. The attachment's own pair must be gone. */
export const rollBack = (done: readonly Operation[], bench: Workbench): void => {
  const undo = undoOf(done)
  const { bridge, host } = bench
  if (undo.length === 0 || bridge === undefined) return
  if (host.links.links().some(({ master }) => master === bridge.index)) return
  for (const step of undo) {
    if (step.type === 'delete-bridge') ignoring(['ENODEV'], () => host.links.deleteLink(bridge.index))
    else apply(step, bench)
  }
}
