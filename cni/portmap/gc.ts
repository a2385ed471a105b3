/**
 * GC: removes the mappings of this network's attachments that the runtime no longer knows. The reference's does nothing.
 *
 * iptables' entries name network and container. nftables' rules name the container only, so there what is known is what ADD of this plugin
 * wrote into its register; rules of the reference, which may as well be another network's, stay until their DEL.
 */
import { removeAgain } from '#kernel/netfilter-change.ts'
import type { NftRemoval } from '#kernel/nftables-rule-messages.ts'
import type { Family } from '#net/address.ts'
import { attachmentChain, commentHash } from '#net/hash.ts'
import { messageOf } from '../protocol/error.ts'
import type { Call } from '../protocol/plugin.ts'
import { type Attachment, validAttachments } from '../protocol/valid-attachments.ts'
import type { PortmapEdges } from './edges.ts'
import { DNAT_CHAIN, entryCommentStart } from './iptables-rules.ts'
import { removeChains } from './iptables-teardown.ts'
import { hasChain } from './nat-part.ts'
import { containerRules, mentions, registryRules } from './nftables-backend.ts'
import { attachmentMark, networkMark } from './nftables-rules.ts'
import { saying } from './words.ts'

/**
 * Without a list of valid attachments nothing is removed; an empty one means that none is. Everything is tried, and every failure reported.
 * @throws Error
 */
export const gc = (call: Call, edges: PortmapEdges): void => {
  const valid = saying('failed to parse config', () => validAttachments(call.config))
  if (valid === undefined) return
  const families = [4, 6] as const
  const failures = [
    ...families.map((family) => () => collectIptables({ call, edges, valid }, family)),
    ...families.map((family) => () => collectNftables({ call, edges, valid }, family)),
  ].flatMap((step) => failureOf(step))
  if (failures.length > 0) throw new Error(failures.join('; '))
}

interface Collection {
  readonly call: Call
  readonly edges: PortmapEdges
  readonly valid: readonly Attachment[]
}

const failureOf = (step: () => void): string[] => {
  try {
    step()
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** Comments may be cut, so what lives is known by the names of its chains. */
const collectIptables = ({ call, edges, valid }: Collection, family: Family): void => {
  const part = { iptables: edges.iptables, rules: edges.rules, family }
  if (hasChain(part, 'nat', DNAT_CHAIN) === undefined && edges.iptables.whyUnusable(family) !== undefined) return
  const living = new Set(valid.map(({ containerId }) => attachmentChain('DN-', call.network, containerId)))
  const start = entryCommentStart(call.network)
  saying(`could not collect ipv${family} dnat`, () =>
    removeChains(part, { branches: [], isDoomed: ({ comment, target }) => comment.startsWith(start) && !living.has(target) }),
  )
}

const collectNftables = ({ call, edges: { rules }, valid }: Collection, family: Family): void => {
  const living = new Set(valid.map(({ containerId }) => attachmentMark(call.network, containerId)))
  const start = networkMark(call.network)
  const plan = (): NftRemoval[] => {
    const dead = registryRules(rules, family).filter(({ comment = '' }) => comment.startsWith(start) && !living.has(comment))
    if (dead.length === 0) return []
    const found = containerRules(rules, family, () => true).filter((rule) => {
      const mark = `${start}${commentHash(rule.comment ?? '')}`
      return dead.some(({ comment, values }) => comment === mark && mentions(rule, values))
    })
    return [...found, ...dead].map((rule) => ({ rule }))
  }
  saying('error collecting nftables rules', () => removeAgain(rules, plan))
}
