/** Removing attachments' chains: by netlink where iptables' rules are nftables' (no process), else by a listing and a script. */
import type { NatTable } from '#kernel/nat-table.ts'
import { changeByRestore, removeAgain } from '#kernel/netfilter-change.ts'
import type { NftRemoval, NftRule } from '#kernel/nftables-rule-messages.ts'
import { addressBytes, type IpAddress } from '#net/address.ts'
import type { PortmapConfig } from './config.ts'
import { type Branch, removalScript } from './iptables-removal.ts'
import { DNAT_CHAIN, entryCommentEnd, entryCommentStart, OLD_SNAT_CHAIN, oldSnatChain, ownChain } from './iptables-rules.ts'
import { hasChain, type NatPart, observeTables } from './nat-part.ts'

/** Which attachments' chains are to go. */
export interface Doomed {
  /** By name, wherever they are. */
  readonly branches: readonly Branch[]
  /** Those that an entry leads to; absent: only the named ones. */
  readonly isDoomed?: (entry: Entry) => boolean
}

/** A rule of CNI-HOSTPORT-DNAT. */
export interface Entry {
  readonly comment: string
  readonly target: string
  /** Whether the chain it leads to translates to an address. */
  leadsTo(address: IpAddress): boolean
}

/** Removes an attachment's mappings, if there are any. @throws KernelError, IptablesError, CommandError */
export const tearDownIptables = (part: NatPart, config: PortmapConfig): void => removeChains(part, ofAttachment(part, config))

/**
 * Its own chains; and those that the container had under another name of the network, as far as they lead to this attachment's address.
 * The reference leaves the latter behind (containernetworking/plugins issue 752).
 */
const ofAttachment = ({ family }: NatPart, config: PortmapConfig): Doomed => {
  const branches = [
    { chain: ownChain(config), from: DNAT_CHAIN },
    { chain: oldSnatChain(config), from: OLD_SNAT_CHAIN },
  ]
  const address = config.container[family]?.address
  if (address === undefined || config.mappings.length === 0) return { branches }
  return {
    branches,
    isDoomed: ({ comment, leadsTo }) =>
      !comment.startsWith(entryCommentStart(config.network)) && comment.endsWith(entryCommentEnd(config.containerId)) && leadsTo(address),
  }
}

export const removeChains = (part: NatPart, doomed: Doomed): void => {
  const known = hasChain(part, 'nat', DNAT_CHAIN)
  if (known === undefined) {
    changeByRestore(part, {
      supposed: undefined,
      observe: () => observeTables(part).nat,
      plan: (nat) => removalScript(distinct([...doomed.branches, ...listedBranches(nat, doomed)]), nat),
    })
    return
  }
  removeAgain(part.rules, () => removals(part, doomed))
}

const listedBranches = (nat: NatTable, { isDoomed }: Doomed): Branch[] =>
  nat.rules.flatMap((rule) => {
    const [, quoted = '', target = ''] = ENTRY.exec(rule) ?? []
    const comment = quoted.replaceAll(/\\(.)/g, '$1')
    const leadsTo = (address: IpAddress): boolean =>
      nat.rules.some((each) => each.startsWith(`-A ${target} `) && destinationOf(each) === address)
    return target !== '' && isDoomed?.({ comment, target, leadsTo }) ? [{ chain: target, from: DNAT_CHAIN }] : []
  })

const ENTRY = new RegExp(`^-A ${DNAT_CHAIN} .*--comment "((?:[^"\\\\]|\\\\.)*)".* -j (CNI-DN-\\S+)$`)

const destinationOf = (rule: string): string | undefined => / -j DNAT --to-destination \[?([0-9a-f.:]+?)\]?:\d+$/.exec(rule)?.[1]

const removals = (part: NatPart, { branches, isDoomed }: Doomed): NftRemoval[] => {
  const named = branches.filter(({ chain }) => hasChain(part, 'nat', chain))
  const entries = named.length === 0 && isDoomed === undefined ? [] : rulesOf(part, DNAT_CHAIN)
  const found = entries
    .filter((rule) => isDoomed?.(entryOf(part, rule)) === true)
    .map(({ jump = '' }) => ({ chain: jump, from: DNAT_CHAIN }))
  return distinct([...named, ...found]).flatMap(({ chain, from }) => [
    ...(from === DNAT_CHAIN ? entries : rulesOf(part, from)).filter(({ jump }) => jump === chain).map((rule) => ({ rule })),
    { chain: { family: part.family, table: 'nat', chain } },
  ])
}

/** A chain has an entry for each protocol. */
const distinct = (branches: readonly Branch[]): Branch[] => [...new Map(branches.map((branch) => [branch.chain, branch])).values()]

const rulesOf = ({ rules, family }: NatPart, chain: string): NftRule[] => rules.list({ family, table: 'nat', chain })

const entryOf = (part: NatPart, { comment = '', jump = '' }: NftRule): Entry => ({
  comment,
  target: jump,
  leadsTo: (address) => {
    const bytes = Buffer.from(addressBytes(address))
    return jump.startsWith('CNI-DN-') && rulesOf(part, jump).some(({ values }) => values.some((value) => value.includes(bytes)))
  },
})
