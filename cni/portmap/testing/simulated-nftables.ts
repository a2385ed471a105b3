/** The plugin's nftables tables for tests: what a test says is there, the scripts that would have been carried out, and the removals. */
import { KernelError } from '#kernel/errno.ts'
import type { NftRule } from '#kernel/nftables-rule-messages.ts'
import { addressBytes } from '#net/address.ts'
import type { NftEdges } from '../nftables-backend.ts'

export interface SimulatedNftables extends NftEdges {
  /** Scripts that would have been carried out, each by a process. */
  readonly ran: string[][]
  /** Rules that are there. */
  readonly present: NftRule[]
}

export interface SimulatedNftablesOptions {
  readonly present?: readonly NftRule[]
  /** Runs before a script is carried out, e.g. to refuse it. */
  readonly before?: (transaction: number, present: NftRule[]) => void
  /** Runs before rules are removed. */
  readonly beforeRemoval?: (removal: number, present: NftRule[]) => void
}

export const simulatedNftables = (options: SimulatedNftablesOptions = {}): SimulatedNftables => {
  const ran: string[][] = []
  const present = [...(options.present ?? [])]
  let removals = 0
  const unexpected = (): never => {
    throw new Error('portmap does not ask this')
  }
  return {
    ran,
    present,
    nftables: {
      transaction: (script) => {
        ran.push(script.trimEnd().split('\n'))
        options.before?.(ran.length, present)
      },
      transactionOf: unexpected,
      listTable: unexpected,
      generation: unexpected,
      elements: unexpected,
    },
    rules: {
      list: ({ family, table, chain }) =>
        present.filter((rule) => rule.family === family && rule.table === table && (chain === undefined || rule.chain === chain)),
      remove: (wanted) => {
        removals += 1
        options.beforeRemoval?.(removals, present)
        const indexes = wanted.map((removal) => ('rule' in removal ? present.findIndex((rule) => isSame(rule, removal.rule)) : -1))
        if (indexes.includes(-1)) throw new KernelError('remove', ENOENT)
        for (const index of indexes.toSorted((one, other) => other - one)) present.splice(index, 1)
      },
    },
  }
}

const ENOENT = 2

const isSame = (one: NftRule, other: Pick<NftRule, 'family' | 'table' | 'handle'>): boolean =>
  one.family === other.family && one.table === other.table && one.handle === other.handle

/** A rule of hostports, or another chain, as the kernel tells it: tcp port 8080 to a container's port 80. */
export const nftRule = (
  handle: number,
  comment: string,
  more: Partial<Omit<NftRule, 'values'>> & { readonly address?: string } = {},
): NftRule => {
  const { address = '10.20.3.2', ...fields } = more
  const family = address.includes(':') ? 6 : 4
  const values = [Buffer.of(6), Buffer.of(0x1f, 0x90), Buffer.from(addressBytes(address)), Buffer.of(0, 80)]
  return { family, table: 'cni_hostport', chain: 'hostports', handle, comment, values, ...fields }
}

/** An entry of the register. */
export const registered = (handle: number, mark: string, address = '10.20.3.2'): NftRule => ({
  family: address.includes(':') ? 6 : 4,
  table: 'selvedge_portmap',
  chain: 'attachments',
  handle,
  comment: mark,
  values: [Buffer.from(addressBytes(address))],
})
