/** A namespace with nftables of its own, ours inside it, and `nft -j` as the witness. */
import t from 'tap'
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

let shared: NftHost | undefined

/** The same namespace for all tests of a process, since making one costs an emulated machine a second; its ruleset is empty. */
export const emptyNftHost = (): NftHost => {
  shared ??= makeNftHost(t)
  shared.host.exec('nft', 'flush', 'ruleset')
  return shared
}

/** A namespace of its own. */
export const makeNftHost = (owner: Owner): NftHost => {
  const host = makeNamespace(owner, 'nft')
  const namespace = openNamespace(host.path)
  owner.teardown(() => namespace.close())
  const kernel = openNftables(openCommands())
  const nft: Nftables = {
    transaction: (script) => inNamespace(namespace, () => kernel.transaction(script)),
    transactionOf: (commands) => inNamespace(namespace, () => kernel.transactionOf(commands)),
    listTable: (...table) => inNamespace(namespace, () => kernel.listTable(...table)),
    generation: () => kernel.generation(namespace),
    elements: (set) => kernel.elements(set, namespace),
  }
  const witness = (...words: string[]): unknown[] => JSON.parse(host.exec('nft', '-j', ...words)).nftables.slice(1)
  return { host, nft, witness }
}
