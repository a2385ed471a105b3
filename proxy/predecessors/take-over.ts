/**
 * Takes the place of a proxy that ran on this node before us: its rules that harm Services go, then its VIPs as addresses. To be called when
 * every Service is programmed: by then our routes make its VIPs local, so no packet is lost. One failure does not stop the others.
 */
import type { LegacyFilter } from '#kernel/iptables-legacy.ts'
import type { NftChainId } from '#kernel/nftables-presence.ts'
import type { NftRemoval } from '#kernel/nftables-rule-messages.ts'
import type { NftVerdictRule } from '#kernel/nftables-verdicts.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Family } from '#net/address.ts'
import { asError } from '../services/as-error.ts'
import { chainText } from '../surroundings/accept-rule.ts'
import { parseLegacyTable } from '../surroundings/legacy-table.ts'
import { deleteAddresses } from './delete-addresses.ts'
import { KUBE_PROXY_LINK, leftoverLinks } from './leftover-links.ts'
import { LEFTOVER_CHAINS, type LeftoverChain } from './leftover-rules.ts'

export interface TakeOverEdges {
  readonly rtnetlink: Pick<Rtnetlink, 'link' | 'addresses' | 'deleteAddress' | 'deleteLink' | 'routes' | 'batchRoutes'>
  readonly rulesOf: (chain: NftChainId) => readonly NftVerdictRule[]
  readonly removeRules: (removals: readonly NftRemoval[]) => void
  readonly legacy: LegacyFilter
}

/** One thing that was there, and what became of it. */
export interface TakenOver {
  /** `2 rules of nftables ip filter INPUT`, `41 addresses of kube-dummy-if`. */
  readonly what: string
  readonly failure?: Error
}

interface Leftover {
  readonly what: string
  readonly remove: () => void
}

/** Removes what is there; nothing on a node that only we ever had. Never throws. */
export const takeOver = (edges: TakeOverEdges): TakenOver[] =>
  SEARCHES.flatMap(({ what, search }) => {
    try {
      return search(edges).map(attempt)
    } catch (error) {
      return [{ what, failure: asError(error) }]
    }
  })

/** What is there, in the same words; nothing is changed. @throws KernelError, IptablesError */
export const leftBehind = (edges: TakeOverEdges): string[] => SEARCHES.flatMap(({ search }) => search(edges)).map(({ what }) => what)

const attempt = ({ what, remove }: Leftover): TakenOver => {
  try {
    remove()
    return { what }
  } catch (error) {
    return { what, failure: asError(error) }
  }
}

const FAMILIES: readonly Family[] = [4, 6]

const nftRules = ({ rulesOf, removeRules }: TakeOverEdges): Leftover[] =>
  FAMILIES.flatMap((family) => LEFTOVER_CHAINS.map((place) => ({ place, id: { family, table: place.table, chain: place.chain } }))).flatMap(
    ({ place, id }) => {
      const found = rulesOf(id).filter(place.isLeftover)
      const remove = (): void => removeRules(found.map(({ handle }) => ({ rule: { ...id, handle } })))
      return leftover(found.length, `nftables ${chainText(id)}`, remove)
    },
  )

const legacyRules = ({ legacy }: TakeOverEdges): Leftover[] =>
  FAMILIES.flatMap((family) =>
    [...Map.groupBy(LEFTOVER_CHAINS, ({ table }) => table)].flatMap(([table, places]) => {
      const listing = legacy.save(family, table)
      return listing === undefined ? [] : places.flatMap((place) => legacyRulesOf(place, { family, legacy, listing }))
    }),
  )

const legacyRulesOf = (
  { table, chain, isLeftover }: LeftoverChain,
  { family, legacy, listing }: { readonly family: Family; readonly legacy: LegacyFilter; readonly listing: string },
): Leftover[] => {
  const found = (parseLegacyTable(listing).rules.get(chain) ?? []).filter(isLeftover)
  const commands = found.map(({ listed }) => listed.replace(/^-A/, '-D'))
  const remove = (): void => legacy.restore(family, [`*${table}`, ...commands, 'COMMIT', ''].join('\n'))
  return leftover(found.length, `legacy ${family === 4 ? 'iptables' : 'ip6tables'} ${table} ${chain}`, remove)
}

const leftover = (rules: number, where: string, remove: () => void): Leftover[] =>
  rules === 0 ? [] : [{ what: `${rules} ${rules === 1 ? 'rule' : 'rules'} of ${where}`, remove }]

const links = ({ rtnetlink }: TakeOverEdges): Leftover[] =>
  leftoverLinks(rtnetlink).map(({ link: { name, index }, vips }) => ({
    what: name === KUBE_PROXY_LINK ? `link ${name} with ${vips.length} addresses` : `${vips.length} addresses of ${name}`,
    remove: () => {
      if (name === KUBE_PROXY_LINK) rtnetlink.deleteLink(index)
      else deleteAddresses(index, vips, rtnetlink)
    },
  }))

/** Rules first: they guard the addresses. */
const SEARCHES: readonly { readonly what: string; readonly search: (edges: TakeOverEdges) => Leftover[] }[] = [
  { what: 'rules of nftables', search: nftRules },
  { what: 'rules of legacy iptables', search: legacyRules },
  { what: 'addresses', search: links },
]
