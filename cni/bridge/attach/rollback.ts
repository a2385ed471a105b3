/**
 * Undoing what a failed ADD did to the bridge. Bridge, gateways and addresses are the network's, not one attachment's: once another port
 * is on the bridge (with a VLAN: in that VLAN) they stay, for that pod relies on them. What makes no difference to anybody stays in any
 * case: settings, forwarding, a bridge being up or promiscuous.
 *
 * Looking for ports and deleting the bridge are two messages. An ADD that found the bridge before fails where it joins it, or where it
 * looks at its port, and undoes itself; only one that did all its work between the two messages would not notice.
 */
import { ignoring } from '#kernel/errno.ts'
import type { Link } from '#kernel/rtnetlink/types.ts'
import type { Side } from '../edges.ts'
import { apply, type Workbench } from './apply.ts'
import type { Operation, OperationOf } from './operation.ts'

export type Undo =
  | { readonly type: 'delete-bridge'; readonly bridge: string }
  | { readonly type: 'delete-vlan-gateway'; readonly bridge: string; readonly vlan: number }
  | OperationOf<'add-bridge-address'>
  | OperationOf<'remove-bridge-address'>

/** What undoes these operations, the last one first. A device that goes takes its addresses with it. */
export const undoOf = (done: readonly Operation[]): Undo[] => {
  const bridge = done.find((operation) => operation.type === 'create-bridge')
  const gateway = done.find((operation) => operation.type === 'make-vlan-gateway')
  const goes = (operation: Operation): boolean => ('vlan' in operation ? gateway : bridge) !== undefined
  return [
    ...done.toReversed().flatMap((operation) => (goes(operation) ? [] : undoAddress(operation))),
    ...(gateway === undefined ? [] : [{ type: 'delete-vlan-gateway', bridge: gateway.bridge, vlan: gateway.vlan } as const]),
    ...(bridge === undefined ? [] : [{ type: 'delete-bridge', bridge: bridge.bridge } as const]),
  ]
}

const undoAddress = (operation: Operation): Undo[] => {
  if (operation.type === 'add-bridge-address') return [{ ...operation, type: 'remove-bridge-address' }]
  if (operation.type === 'remove-bridge-address') return [{ ...operation, type: 'add-bridge-address' }]
  return []
}

/** Undoes operations on the bridge, unless somebody relies on them. The attachment's own pair must be gone. `vlan`: the attachment's. */
export const rollBack = (done: readonly Operation[], bench: Workbench, vlan: number): void => {
  const undo = undoOf(done)
  const { bridge, vlanGateway, host } = bench
  if (undo.length === 0 || bridge === undefined || otherPorts(bench, vlan).length > 0) return
  for (const step of undo) {
    if (step.type === 'delete-vlan-gateway') removeDevice(host, vlanGateway)
    else if (step.type !== 'delete-bridge') apply(step, bench)
    else removeUnusedBridge(host, bridge)
  }
}

/** Removes a bridge that has no port. */
export const removeUnusedBridge = (host: Side, bridge: Link): void => {
  if (!host.links.links().some(({ master }) => master === bridge.index)) removeDevice(host, bridge)
}

const removeDevice = (host: Side, device: Link | undefined): void => {
  if (device !== undefined) ignoring(['ENODEV'], () => host.links.deleteLink(device.index))
}

/** Ports of the bridge that are not the gateway's own; with a VLAN, only those in it. */
const otherPorts = ({ bridge, vlanGateway, host }: Workbench, vlan: number): Link[] => {
  const ports = host.links.links().filter(({ index, master }) => master === bridge?.index && index !== vlanGateway?.peerIndex)
  if (vlan === 0 || ports.length === 0) return ports
  const vlans = host.links.portVlans()
  return ports.filter(({ index }) => vlans.get(index)?.some(({ id }) => id === vlan))
}
