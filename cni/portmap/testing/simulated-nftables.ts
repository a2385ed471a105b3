/** The plugin's nftables tables for tests: what a test says is there, and the scripts that would have been carried out. */
import type { NftObject } from '#kernel/nftables.ts'
import type { NftPart } from '../nftables-backend.ts'

export interface SimulatedNftables extends Omit<NftPart, 'config'> {
  /** Processes that would have been started: `list ip`, or the lines of a script. */
  readonly ran: (string | string[])[]
}

export interface SimulatedNftablesOptions {
  /** Objects of the tables that are there. */
  readonly tables?: { readonly ip?: NftObject[]; readonly ip6?: NftObject[] }
  /** Runs before a script is carried out, e.g. to refuse it. */
  readonly before?: (transaction: number) => void
}

export const simulatedNftables = ({ tables = {}, before }: SimulatedNftablesOptions = {}): SimulatedNftables => {
  const ran: (string | string[])[] = []
  let transactions = 0
  const unexpected = (): never => {
    throw new Error('portmap does not ask this')
  }
  return {
    ran,
    nftables: {
      transaction: (script) => {
        ran.push(script.trimEnd().split('\n'))
        transactions += 1
        before?.(transactions)
      },
      listTable: (family) => {
        ran.push(`list ${family}`)
        return family === 'ip' || family === 'ip6' ? tables[family] : undefined
      },
      transactionOf: unexpected,
      generation: unexpected,
      elements: unexpected,
    },
    presence: {
      available: unexpected,
      hasTable: ({ family }) => tables[family === 4 ? 'ip' : 'ip6'] !== undefined,
      hasChain: unexpected,
    },
  }
}

/** A rule as `nft -j` shows it, with the addresses it mentions. */
export const listedRule = (chain: string, handle: number, comment: string, address = '10.20.3.2'): NftObject => ({
  rule: { family: 'ip', table: 'cni_hostport', chain, handle, comment, expr: [{ dnat: { addr: address, port: 80 } }] },
})
