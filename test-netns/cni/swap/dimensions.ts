/** What swap tests vary, as fields of plugin configs. Each table is one dimension, its keys are that dimension's values. */

/** Fields of a config of the bridge plugin or of portmap. */
type Fields = Readonly<Record<string, unknown>>

/** The newest version that the Debian package knows; one with results of the older form; one that has no CHECK. */
const VERSIONS = ['1.0.0', '0.4.0', '0.3.1'] as const

/** Two subnets of each family. */
const SUBNETS = {
  'dual stack': { four: ['10.30.1.0/24', '10.30.2.0/24'], six: ['fd00:30:1::/64', 'fd00:30:2::/64'] },
  IPv4: { four: ['10.30.1.0/24', '10.30.2.0/24'], six: [] },
  IPv6: { four: [], six: ['fd00:30:1::/64', 'fd00:30:2::/64'] },
} as const

const GATEWAY = {
  isDefaultGateway: { isDefaultGateway: true },
  isGateway: { isGateway: true },
  'no gateway': {},
  forceAddress: { isGateway: true, forceAddress: true },
} satisfies Record<string, Fields>

const LINK = {
  plain: {},
  hairpin: { hairpinMode: true },
  promisc: { promiscMode: true },
  'mtu 1400': { mtu: 1400 },
  'own MAC': { runtimeConfig: { mac: '02:00:00:00:00:77' } },
  macspoofchk: { macspoofchk: true },
} satisfies Record<string, Fields>

const MASQUERADE = { 'no ipMasq': {}, ipMasq: { ipMasq: true } } satisfies Record<string, Fields>

/** How an `ipam` field says which addresses there are; made in config.ts. */
const IPAM = [
  'one range',
  'legacy subnet',
  'limited range',
  'two ranges in a set',
  'two sets',
  'requested',
  'routes and dns',
  'layer 2',
] as const

const twenty = Array.from({ length: 20 }, (_, index) => ({ hostPort: 8100 + index, containerPort: 80 + index, protocol: 'tcp' }))

/** `runtimeConfig.portMappings` of portmap. */
const PORTS = {
  'one port': [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  'no portmap': undefined,
  'no ports': [],
  'three protocols': ['tcp', 'udp', 'sctp'].map((protocol) => ({ hostPort: 8080, containerPort: 80, protocol })),
  'host addresses': ['192.0.2.1', '0.0.0.0', 'fd02::1', '::', ''].map((hostIP, index) => ({
    ...{ hostPort: 8080 + index, containerPort: 80, protocol: 'tcp', hostIP },
  })),
  'twenty ports': twenty,
  'capital keys': [{ HostPort: 8080, ContainerPort: 80, Protocol: 'tcp', HostIP: '192.0.2.1' }],
} satisfies Record<string, readonly object[] | undefined>

const MARKING = {
  'default marks': {},
  'no snat': { snat: false },
  masqAll: { masqAll: true },
  'mark bit 5': { markMasqBit: 5 },
  'external mark chain': { externalSetMarkChain: 'SOMEBODYS-MARK' },
  conditions: { conditionsV4: ['!', '-s', '192.0.2.99'], conditionsV6: ['!', '-s', 'fd02::99'] },
} satisfies Record<string, Fields>

export const TABLES = { subnets: SUBNETS, gateway: GATEWAY, link: LINK, masquerade: MASQUERADE, ports: PORTS, marking: MARKING } as const

const keys = <K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] => Object.keys(table) as K[]

/** Every dimension with its values, the most ordinary one first. */
export const DIMENSIONS = {
  cniVersion: VERSIONS,
  families: keys(SUBNETS),
  gateway: keys(GATEWAY),
  link: keys(LINK),
  masquerade: keys(MASQUERADE),
  ipam: IPAM,
  ports: keys(PORTS),
  marking: keys(MARKING),
  /** The variant that the machine's `iptables` is; the package has no other backend: 1.1.1 is older than those by nftables. */
  iptables: ['nft', 'legacy'],
} as const

export type Dimension = keyof typeof DIMENSIONS

/** One configuration: a value for each dimension. */
export type SwapCase = { readonly [D in Dimension]: (typeof DIMENSIONS)[D][number] }
