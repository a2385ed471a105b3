/** What the kernel says of packet filters and tracked connections, by nft, iptables-save and conntrack. */
import type { NetNamespace } from './namespace.ts'

/** One element of `nft -json list ruleset`: an object whose only key is its kind. */
export type NftObject = Readonly<Record<'table' | 'chain' | 'rule' | 'set' | 'map' | (string & {}), Readonly<Record<string, unknown>>>>

/** The whole ruleset, without the first element, which only describes nft. */
export const nftRuleset = (namespace: NetNamespace): NftObject[] => nftObjects(namespace, 'ruleset')

/** One table, e.g. `nftTable(node, 'ip', 'selvedge')`; empty when there is none. */
export const nftTable = (namespace: NetNamespace, family: string, name: string): NftObject[] => {
  const exists = nftObjects(namespace, 'tables').some(({ table }) => table?.family === family && table.name === name)
  return exists ? nftObjects(namespace, 'table', family, name) : []
}

/** One table as text, with single spaces for indentation and no handles, to compare with a literal. */
export const nftText = (namespace: NetNamespace, family: string, name: string): string =>
  namespace.exec('nft', '--stateless', 'list', 'table', family, name).replaceAll(/^\s+/gm, '')

const nftObjects = (namespace: NetNamespace, ...what: string[]): NftObject[] => {
  const { nftables }: { nftables: NftObject[] } = JSON.parse(namespace.exec('nft', '--json', 'list', ...what))
  return nftables.filter((object) => object.metainfo === undefined)
}

/** Lines of iptables-save (`ip6tables-save` for family 6): tables, chains and rules, without comments and counters. */
export const iptablesSave = (namespace: NetNamespace, family: 4 | 6 = 4): string[] =>
  namespace
    .exec(family === 4 ? 'iptables-save' : 'ip6tables-save')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''))

/** One direction of a tracked connection. Ports are absent where the protocol has none. */
export interface Flow {
  readonly source: string
  readonly destination: string
  readonly sourcePort?: number
  readonly destinationPort?: number
}

export interface Connection {
  readonly protocol: string
  /** TCP's state; absent otherwise. */
  readonly state?: string
  readonly original: Flow
  readonly reply: Flow
  readonly mark: number
  readonly assured: boolean
}

/** Tracked connections; `filter` as conntrack takes it, e.g. `'--proto', 'udp'`. */
export const connections = (namespace: NetNamespace, ...filter: string[]): Connection[] =>
  namespace
    .exec('conntrack', '--dump', ...filter)
    .split('\n')
    .filter((line) => line.includes('src='))
    .map(parseConnection)

/** `tcp 6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] mark=0 use=1` */
const parseConnection = (line: string): Connection => {
  const [protocol = '', , , state = ''] = line.split(/\s+/)
  const [original = '', reply = ''] = line.slice(line.indexOf('src=')).split(/(?<=\S) (?=(?:\[\w+\] )?src=)/)
  const base = { protocol, original: flow(original), reply: flow(reply), mark: Number(field(line, 'mark') ?? 0) }
  return { ...base, assured: line.includes('[ASSURED]'), ...(/^[A-Z]/.test(state) ? { state } : {}) }
}

const flow = (text: string): Flow => {
  const [sourcePort, destinationPort] = [field(text, 'sport'), field(text, 'dport')]
  return {
    source: field(text, 'src') ?? '',
    destination: field(text, 'dst') ?? '',
    ...(sourcePort === undefined ? {} : { sourcePort: Number(sourcePort) }),
    ...(destinationPort === undefined ? {} : { destinationPort: Number(destinationPort) }),
  }
}

const field = (text: string, name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S+)`).exec(text)?.[1]
