/** Whether an attachment's nftables rules are there; asked by netlink, without a process. */
import type { NftRule } from '#kernel/nftables-rule-messages.ts'
import type { NftRules } from '#kernel/nftables-rules.ts'
import { addressBytes, type IpAddress } from '#net/address.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards, Forward } from './forwards.ts'
import { masqueradeSources, NFT_TABLE } from './nftables-rules.ts'

/**
 * The reference counts rules that have the container's comment; that they lead to its address and ports, and that they are reached,
 * counts too.
 * @throws Error with the reference's sentence
 */
export const checkNftables = (rules: NftRules, config: PortmapConfig, { family, container, forwards }: FamilyForwards): void => {
  const table = rules.list({ family, table: NFT_TABLE })
  const own = table.filter(({ comment }) => comment === config.containerId)
  const hostports = own.filter(({ chain }) => chain === 'hostports' || chain === 'hostip_hostports')
  if (!forwards.every((forward) => hostports.some((rule) => translates(rule, forward, container.address)))) throw missing('hostports')
  const masquerading = own.filter((rule) => rule.chain === 'masquerading' && has(rule, bytesOf(container.address)))
  if (masquerading.length < masqueradeSources(config, { family, address: container.address }).length) throw missing('masquerading')
  for (const [chain, jump] of JUMPS) {
    if (!table.some((rule) => rule.chain === chain && rule.jump === jump)) throw missing(chain)
  }
}

/** How packets get to the rules. */
const JUMPS = [
  ['hostports_all', 'hostports'],
  ['prerouting', 'hostports_all'],
  ['output', 'hostports_all'],
] as const

const missing = (chain: string): Error => new Error(`missing hostport rules in "${chain}" chain`)

const translates = (rule: NftRule, { hostPort, containerPort, hostAddress }: Forward, container: IpAddress): boolean =>
  [portBytes(hostPort), bytesOf(container), portBytes(containerPort), ...(hostAddress === undefined ? [] : [bytesOf(hostAddress)])].every(
    (bytes) => has(rule, bytes),
  )

const has = ({ values }: NftRule, bytes: Buffer): boolean => values.some((value) => value.equals(bytes))

const bytesOf = (address: IpAddress): Buffer => Buffer.from(addressBytes(address))

const portBytes = (port: number): Buffer => Buffer.of(port >> 8, port & 0xff)
