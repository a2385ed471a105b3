/**
 * Keeps a container from sending under another's hardware address (macspoofchk): table `bridge nat`, in the reference's layout.
 *
 *   PREROUTING: from the port -> cni-br-iface-x -> cni-br-iface-x-mac: from the container's address return, else drop
 */
import { againAfter } from '#kernel/netfilter-change.ts'
import type { NftObject } from '#kernel/nftables.ts'
import type { AttachmentId, NetfilterEdges } from './edges.ts'

export const SOURCE_TABLE = { family: 'bridge', table: 'nat' } as const
export const SOURCE_CHAIN = 'PREROUTING'

export interface SourceCheck {
  readonly id: AttachmentId
  /** The pair's host end. */
  readonly port: string
  /** The only address that may be sent from. */
  readonly mac: string
}

export const sourceComment = ({ containerId, ifname }: Pick<AttachmentId, 'containerId' | 'ifname'>): string =>
  `macspoofchk-${containerId}-${ifname}`

/** The attachment's own chains, the one that is entered first. */
export const sourceChains = ({ containerId, ifname }: Pick<AttachmentId, 'containerId' | 'ifname'>): readonly [string, string] => {
  const chain = `cni-br-iface-${containerId}-${ifname}`
  return [chain, `${chain}-mac`]
}

/** The device that a rule compares `iifname` with: the first value in it, a name filled up with zeros. */
export const deviceOf = ([name]: readonly Buffer[]): string => name?.toString('utf8').replace(/\0.*$/s, '') ?? ''

/** One process, one transaction; another when somebody else has removed an outdated rule meanwhile. @throws NftError, CommandError; then nothing was changed */
export const checkSource = (edges: NetfilterEdges, check: SourceCheck): void =>
  againAfter(['ENOENT'], () => edges.nftables.transactionOf(commandsOf(check, outdatedHandles(edges, check.id))))

const outdatedHandles = ({ rules }: NetfilterEdges, id: AttachmentId): number[] =>
  rules
    .list({ ...SOURCE_TABLE, chain: SOURCE_CHAIN })
    .filter(({ comment }) => comment === sourceComment(id))
    .map(({ handle }) => handle)

const commandsOf = ({ id, port, mac }: SourceCheck, outdated: readonly number[]): NftObject[] => {
  const { family, table } = SOURCE_TABLE
  const [chain, macChain] = sourceChains(id)
  const rule = (where: string, ...expr: readonly object[]): NftObject => ({
    rule: { family, table, chain: where, expr, comment: sourceComment(id) },
  })
  const equal = (left: object, right: string): object => ({ match: { op: '==', left, right } })
  return [
    { table: { family, name: table } },
    { chain: { family, table, name: SOURCE_CHAIN, type: 'filter', hook: 'prerouting', prio: -300, policy: 'accept' } },
    ...[chain, macChain].map((name) => ({ chain: { family, table, name } })),
    ...[chain, macChain].map((name) => ({ flush: { chain: { family, table, name } } })),
    ...outdated.map((handle) => ({ delete: { rule: { family, table, chain: SOURCE_CHAIN, handle } } })),
    rule(SOURCE_CHAIN, equal({ meta: { key: 'iifname' } }, port), { jump: { target: chain } }),
    rule(chain, { jump: { target: macChain } }),
    rule(macChain, equal({ payload: { protocol: 'ether', field: 'saddr' } }, mac), { return: null }),
    rule(macChain, { drop: null }),
  ]
}
