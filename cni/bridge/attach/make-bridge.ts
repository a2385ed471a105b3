/** Making the bridge. */
import { goQuote } from '../../protocol/text.ts'
import { type Side, saying, unlessThere } from '../edges.ts'
import type { OperationOf } from './operation.ts'

/** Whether the bridge was made; false when another call was quicker. @throws Error with the reference's sentence and the kernel's reason */
export const makeBridge = ({ links }: Side, { bridge: name, mtu, mac, vlanFiltering }: OperationOf<'create-bridge'>): boolean => {
  const wanted = { ...(mtu !== undefined && { mtu }), ...(mac !== undefined && { mac }), ...(vlanFiltering && { vlanFiltering }) }
  const sentence = `failed to create bridge ${goQuote(name)}: could not add ${goQuote(name)}`
  return unlessThere(() => saying(sentence, () => links.addLink({ kind: 'bridge', name, ...wanted })))
}
