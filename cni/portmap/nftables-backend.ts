/** Host ports by nftables: rules are found and removed by netlink, without a process, and made by one process for both families. */
import { changeNftables, removeAgain } from '#kernel/netfilter-change.ts'
import type { Nftables } from '#kernel/nftables.ts'
import type { NftRule } from '#kernel/nftables-rule-messages.ts'
import type { NftRules } from '#kernel/nftables-rules.ts'
import { addressBytes, type Family, type IpAddress } from '#net/address.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards } from './forwards.ts'
import { ATTACHMENT_CHAINS, attachmentMark, NFT_TABLE, OWN_TABLE, REGISTRY_CHAIN, setupLines } from './nftables-rules.ts'

export interface NftEdges {
  readonly nftables: Nftables
  readonly rules: NftRules
}

/**
 * Makes the mappings of all families, replacing this attachment's own of before; whether there were any.
 * @throws NftError, CommandError; then nothing was changed
 */
export const setUpNftables = (edges: NftEdges, config: PortmapConfig, families: readonly FamilyForwards[]): boolean => {
  let replaced = false
  changeNftables(edges.nftables, () =>
    families.flatMap((forwards) => {
      const outdated = attachmentRules(edges, config, forwards.family)
      replaced ||= outdated.length > 0
      return setupLines(config, { forwards, outdated })
    }),
  )
  return replaced
}

/** Removes an attachment's rules of both families, if there are any. @throws KernelError */
export const tearDownNftables = ({ rules }: NftEdges, config: PortmapConfig): void =>
  removeAgain(rules, () => ([4, 6] as const).flatMap((family) => attachmentRules({ rules }, config, family)).map((rule) => ({ rule })))

/**
 * An attachment's rules in one family, with its entry in the register. A rule's comment tells the container, so the container's other
 * networks are told apart by their addresses: the reference takes their rules away too. Without any address known, what no other network
 * registered is the attachment's.
 */
export const attachmentRules = ({ rules }: Pick<NftEdges, 'rules'>, config: PortmapConfig, family: Family): NftRule[] => {
  const found = containerRules(rules, family, (comment) => comment === config.containerId)
  if (found.length === 0 && config.mappings.length === 0) return []
  const registered = registryRules(rules, family)
  const mark = attachmentMark(config.network, config.containerId)
  const own = registered.filter(({ comment }) => comment === mark)
  const container = config.container[family]?.address
  const addresses = [...own.flatMap(({ values }) => values), ...(container === undefined ? [] : [bytesOf(container)])]
  const suffix = mark.slice(mark.indexOf('-'))
  const others = registered.filter(({ comment }) => comment !== mark && comment?.endsWith(suffix)).flatMap(({ values }) => values)
  const isOwn = (rule: NftRule): boolean => mentions(rule, addresses) || (config.previous === undefined && !mentions(rule, others))
  return [...found.filter(isOwn), ...own]
}

/** Rules of containers, by their comments. */
export const containerRules = (rules: NftRules, family: Family, isWanted: (comment: string) => boolean): NftRule[] =>
  rules
    .list({ family, table: NFT_TABLE })
    .filter(({ chain, comment }) => comment !== undefined && ATTACHMENT_CHAINS.includes(chain) && isWanted(comment))

/** The entries of the register: comment as attachmentMark makes it, and the attachment's address. */
export const registryRules = (rules: NftRules, family: Family): NftRule[] => rules.list({ family, table: OWN_TABLE, chain: REGISTRY_CHAIN })

/** Whether a rule has one of these values. */
export const mentions = (rule: NftRule, values: readonly Buffer[]): boolean =>
  rule.values.some((value) => values.some((each) => each.equals(value)))

const bytesOf = (address: IpAddress): Buffer => Buffer.from(addressBytes(address))
