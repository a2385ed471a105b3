/** A namespace with nftables of its own, ours inside it, and `nft -j` as the witness. */
import { openCommands } from '#kernel/command.ts'
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import { type Nftables, openNftables } from '#kernel/nftables.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'

export interface NftHost {
  readonly host: NetNamespace
  readonly nft: Nftables
  /** What `nft -j` prints, without its own version. */
  witness(...words: string[]): unknown[]
}

/** Made for a test, and gone with it. */
export const nftHost = (owner: Owner): NftHost => {
  const host = makeNamespace(owner, 'nft')
  const namespace = openNamespace(host.path)
  owner.teardown(() => namespace.close())
  const kernel = openNftables(openCommands())
  const nft: Nftables = {
    transaction: (script) => inNamespace(namespace, () => kernel.transaction(script)),
    listTable: (...table) => inNamespace(namespace, () => kernel.listTable(...table)),
    generation: () => kernel.generation(namespace),
    elements: (set) => kernel.elements(set, namespace),
  }
  const witness = (...words: string[]): unknown[] => JSON.parse(host.exec('nft', '-j', ...words)).nftables.slice(1)
  return { host, nft, witness }
}
