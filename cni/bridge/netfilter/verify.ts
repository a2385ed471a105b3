/** Whether an attachment's rules stand as ADD made them, for CHECK. The reference does not look at them. */
import { asListed, parseNatTable } from '#kernel/nat-table.ts'
import { addressBytes, familyOf } from '#net/address.ts'
import { type Cidr, formatCidr } from '#net/cidr.ts'
import type { AttachmentId, NetfilterEdges } from './edges.ts'
import { masqueradeChain, masqueradeRules } from './nat-rules.ts'
import { attachmentMark, NFT_CHAIN, NFT_TABLE } from './nft-rules.ts'
import { deviceOf, SOURCE_CHAIN, SOURCE_TABLE, type SourceCheck, sourceChains, sourceComment } from './source-check.ts'

export interface Masqueraded {
  readonly id: AttachmentId
  readonly addresses: readonly Cidr[]
}

/** Either packet filter will do, whichever the config names now. @throws Error that names the first address that is not masqueraded */
export const verifyMasquerade = (edges: NetfilterEdges, { id, addresses }: Masqueraded): void => {
  const byNftables = edges.rules
    .list({ family: 'inet', table: NFT_TABLE, chain: NFT_CHAIN })
    .filter(({ comment }) => comment?.startsWith(attachmentMark(id)))
  const others = addresses.filter(({ address }) => {
    const bytes = addressBytes(address)
    return !byNftables.some(({ values }) => values.some((value) => value.equals(bytes)))
  })
  for (const family of [4, 6] as const) {
    const own = others.filter(({ address }) => familyOf(address) === family)
    const [first] = own
    if (first !== undefined && !isMasqueradedByIptables(edges, { id, addresses: own })) {
      throw new Error(`Masquerade rules for address ${formatCidr(first)} of network ${id.network} not found`)
    }
  }
}

const isMasqueradedByIptables = ({ iptables }: NetfilterEdges, { id, addresses }: Masqueraded): boolean => {
  const family = familyOf(addresses[0]?.address ?? '')
  const chain = { family, table: 'nat', chain: masqueradeChain(id) }
  if (iptables.hasChain(chain) === false || iptables.whyUnusable(family) !== undefined) return false
  const { rules } = parseNatTable(iptables.save(family, 'nat'))
  const { accept, masquerade, jumps } = masqueradeRules(id, addresses)
  return [...accept, masquerade, ...jumps].every((rule) => rules.includes(asListed(rule)))
}

/** @throws Error when packets of the port do not go through a check of exactly this hardware address */
export const verifySourceCheck = ({ rules }: NetfilterEdges, { id, port, mac }: SourceCheck): void => {
  const comment = sourceComment(id)
  const [chain, macChain] = sourceChains(id)
  const listed = (where: string) => rules.list({ ...SOURCE_TABLE, chain: where }).filter((rule) => rule.comment === comment)
  const isEntered = listed(SOURCE_CHAIN).some(({ jump, values }) => jump === chain && deviceOf(values) === port)
  const leads = listed(chain).some(({ jump }) => jump === macChain)
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex')
  const [accepting, dropping] = listed(macChain)
  const isChecked = accepting?.values.some((value) => value.equals(address)) === true && dropping !== undefined
  if (!isEntered || !leads || !isChecked) throw new Error(`Spoof check rules for interface ${port} with address ${mac} not found`)
}
