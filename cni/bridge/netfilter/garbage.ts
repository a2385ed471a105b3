/**
 * GC: removes rules of attachments that are gone, as their comments tell. The reference accepts GC and removes nothing.
 *
 * Comments of masquerade rules name network and container. Those of source checks name no network, so whether another network's
 * attachment lives cannot be told from a list of this one's: such a rule is garbage once the device is gone that it is about.
 */

import type { NatTable } from '#kernel/nat-table.ts'
import { removeAgain } from '#kernel/netfilter-change.ts'
import type { NftRemoval } from '#kernel/nftables-rule-messages.ts'
import type { Attachment } from '../../protocol/valid-attachments.ts'
import type { NetfilterEdges } from './edges.ts'
import { containerOf, masqueradeChain } from './nat-rules.ts'
import type { NatTeardown } from './nat-scripts.ts'
import { attachmentMark, NFT_CHAIN, NFT_TABLE, networkMark } from './nft-rules.ts'
import { natRemovals } from './removals.ts'
import { removeLegacy } from './remove-rules.ts'
import { deviceOf, SOURCE_CHAIN, SOURCE_TABLE, sourceComment } from './source-check.ts'

/** What must stay. */
export interface Survivors {
  readonly network: string
  /** The network's attachments that live. */
  readonly valid: readonly Attachment[]
  /** Whether the host has a device of this name. */
  hasDevice(name: string): boolean
}

/** @throws KernelError, IptablesError, CommandError */
export const removeGarbage = (edges: NetfilterEdges, survivors: Survivors): void => {
  removeAgain(edges.rules, () => [
    ...masqueradeGarbage(edges, survivors),
    ...([4, 6] as const).flatMap((family) => {
      const leading = edges.rules.list({ family, table: 'nat', chain: 'POSTROUTING' })
      return deadChains(leading, survivors).flatMap((chain) => natRemovals(edges, { family, chain, kept: [] }))
    }),
    ...sourceGarbage(edges, survivors),
  ])
  removeLegacy(edges, 'POSTROUTING', (table) => legacyGarbage(table, survivors))
}

const masqueradeGarbage = ({ rules }: NetfilterEdges, { network, valid }: Survivors): NftRemoval[] => {
  const living = valid.map((attachment) => attachmentMark({ network, ...attachment }))
  return rules
    .list({ family: 'inet', table: NFT_TABLE, chain: NFT_CHAIN })
    .filter(({ comment = '' }) => comment.startsWith(networkMark(network)) && !living.some((mark) => comment.startsWith(mark)))
    .map((rule) => ({ rule }))
}

interface Leading {
  readonly comment?: string | undefined
  readonly jump?: string | undefined
}

/** The chains of this network's containers that are gone; a rule counts only when it leads to the very chain its comment names. */
const deadChains = (rules: readonly Leading[], { network, valid }: Survivors): string[] => {
  const dead = rules.flatMap(({ comment = '', jump }) => {
    const container = containerOf(comment)
    if (container?.network !== network || valid.some(({ containerId }) => containerId === container.containerId)) return []
    const chain = masqueradeChain(container)
    return chain === jump ? [chain] : []
  })
  return [...new Set(dead)]
}

const legacyGarbage = ({ rules }: NatTable, survivors: Survivors): NatTeardown[] => {
  const leading = rules.flatMap((rule) => {
    const [, comment = '', jump] = /^-A POSTROUTING .*--comment "(name: .*)" -j (\S+)$/.exec(rule) ?? []
    return [{ comment: comment.replaceAll('\\"', '"'), jump }]
  })
  return deadChains(leading, survivors).map((chain) => ({ chain, kept: [] }))
}

/** The rules are listed before the devices are asked for: who adds one has made its device before. */
const sourceGarbage = ({ rules, presence }: NetfilterEdges, { valid, hasDevice }: Survivors): NftRemoval[] => {
  const living = new Set(valid.map(sourceComment))
  return rules.list({ ...SOURCE_TABLE, chain: SOURCE_CHAIN }).flatMap((rule): NftRemoval[] => {
    const { comment = '', jump = '', values } = rule
    const attachment = COMMENT.exec(comment)?.[1]
    if (attachment === undefined || jump !== `cni-br-iface-${attachment}` || living.has(comment)) return []
    const device = deviceOf(values)
    if (device === '' || hasDevice(device)) return []
    const chains = [jump, `${jump}-mac`].map((chain) => ({ ...SOURCE_TABLE, chain })).filter((chain) => presence.hasChain(chain))
    return [{ rule }, ...chains.map((chain) => ({ chain }))]
  })
}

const COMMENT = /^macspoofchk-(.+)$/s
