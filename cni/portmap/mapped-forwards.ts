/** What an attachment's own rules say is mapped: for a DEL whose config does not tell. UDP only, which is what is asked for. */
import type { NftRule } from '#kernel/nftables-rule-messages.ts'
import { ADDRESS_BITS, addressFromBytes, type Family, type IpAddress } from '#net/address.ts'
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards, Forward } from './forwards.ts'
import { ownChain } from './iptables-rules.ts'
import { hasChain, type NatEdges, observeTables } from './nat-part.ts'
import { attachmentRules } from './nftables-backend.ts'

/** One entry for each mapped port. Lists iptables' rules, which takes a process, only where the attachment has a chain. */
export const mappedForwards = (edges: NatEdges, config: PortmapConfig): FamilyForwards[] =>
  ([4, 6] as const).flatMap((family) => [
    ...iptablesForwards(edges, config, family),
    ...attachmentRules(edges, config, family).flatMap((rule) => nftForward(rule, family) ?? []),
  ])

const iptablesForwards = ({ iptables, rules }: NatEdges, config: PortmapConfig, family: Family): FamilyForwards[] => {
  const part = { iptables, rules, family }
  const own = ownChain(config)
  if (hasChain(part, 'nat', own) === false || iptables.whyUnusable(family) !== undefined) return []
  return observeTables(part).nat.rules.flatMap((rule) => {
    const [, hostPort, address, containerPort] = TRANSLATION.exec(rule.startsWith(`-A ${own} `) ? rule : '') ?? []
    if (address === undefined) return []
    return [forwardTo({ family, address }, { hostPort: Number(hostPort), containerPort: Number(containerPort) })]
  })
}

const TRANSLATION = / -p udp .*--dport (\d+) .*-j DNAT --to-destination \[?([0-9a-f.:]+?)\]?:(\d+)$/

/** A rule's last values are: protocol, host port, container's address, container's port. */
const nftForward = ({ chain, values }: NftRule, family: Family): FamilyForwards | undefined => {
  const [protocol, hostPort, address, containerPort] = values.slice(-4)
  if (chain === 'masquerading' || protocol?.[0] !== PROTOCOL_NUMBER.udp || address?.length !== ADDRESS_BITS[family] / 8) return undefined
  if (hostPort?.length !== 2 || containerPort?.length !== 2) return undefined
  const ports = { hostPort: hostPort.readUInt16BE(0), containerPort: containerPort.readUInt16BE(0) }
  return forwardTo({ family, address: addressFromBytes(address) }, ports)
}

const forwardTo = (
  { family, address }: { readonly family: Family; readonly address: IpAddress },
  ports: Pick<Forward, 'hostPort' | 'containerPort'>,
): FamilyForwards => ({
  family,
  container: { address, prefixLength: ADDRESS_BITS[family] },
  forwards: [{ protocol: 'udp', ...ports }],
})
