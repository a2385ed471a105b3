/** The plugin configs of one case, as a runtime passes them: one for each plugin of the chain. */
import { type SwapCase, TABLES } from './dimensions.ts'

export interface ChainConfig {
  readonly type: 'bridge' | 'portmap'
  readonly [field: string]: unknown
}

export const BRIDGE = 'br0'
export const NETWORK = 'mynet'

/** `folder` has the leases, and a file `resolv.conf`. */
export const chainOf = (each: SwapCase, folder: string): ChainConfig[] => {
  const common = { cniVersion: each.cniVersion, name: NETWORK }
  const portMappings = TABLES.ports[each.ports]
  return [
    { ...common, type: 'bridge', bridge: BRIDGE, ...bridgeFields(each, folder) },
    ...(portMappings === undefined
      ? []
      : [{ ...common, type: 'portmap' as const, ...TABLES.marking[each.marking], runtimeConfig: { portMappings } }]),
  ]
}

const bridgeFields = (each: SwapCase, folder: string): Readonly<Record<string, unknown>> => {
  const { runtimeConfig = {}, ...fields }: { readonly runtimeConfig?: object; readonly [field: string]: unknown } = TABLES.link[each.link]
  const offered = each.ipam === 'requested' ? { ips: requestedOf(each) } : {}
  return {
    ...TABLES.gateway[each.gateway],
    ...TABLES.masquerade[each.masquerade],
    ...fields,
    runtimeConfig: { ...runtimeConfig, ...offered },
    ...(each.ipam === 'layer 2' ? {} : { ipam: { type: 'host-local', dataDir: folder, ...rangesOf(each, folder) } }),
  }
}

const subnetsOf = ({ families }: SwapCase): (readonly string[])[] => {
  const { four, six } = TABLES.subnets[families]
  return [four, six].filter((subnets) => subnets.length > 0)
}

/** The address of a subnet that ends in `number`. */
const within = (subnet: string, number: number): string =>
  subnet.replace(/\.0\/24$/, `.${number}`).replace(/::\/64$/, `::${number.toString(16)}`)

const requestedOf = (each: SwapCase): string[] => subnetsOf(each).map(([subnet = '']) => within(subnet, 77))

const rangesOf = (each: SwapCase, folder: string): object => {
  const subnets = subnetsOf(each)
  const plain = subnets.map(([subnet]) => [{ subnet }])
  const ipam: Readonly<Record<SwapCase['ipam'], () => object>> = {
    'one range': () => ({ ranges: plain }),
    'legacy subnet': () => ({ subnet: subnets[0]?.[0], ranges: plain.slice(1) }),
    'limited range': () => ({ ranges: subnets.map(([subnet = '']) => [limited(subnet)]) }),
    'two ranges in a set': () => ({ ranges: subnets.map((two) => two.map((subnet) => ({ subnet }))) }),
    'two sets': () => ({ ranges: subnets.flatMap((two) => two.map((subnet) => [{ subnet }])) }),
    requested: () => ({ ranges: plain }),
    'routes and dns': () => ({ ranges: plain, routes: routesOf(subnets), resolvConf: `${folder}/resolv.conf` }),
    'layer 2': () => ({}),
  }
  return ipam[each.ipam]()
}

const limited = (subnet: string): object => ({
  subnet,
  rangeStart: within(subnet, 40),
  rangeEnd: within(subnet, 50),
  gateway: within(subnet, 9),
})

const routesOf = (subnets: readonly (readonly string[])[]): object[] =>
  subnets.flatMap(([subnet = '']) => [
    { dst: subnet.includes(':') ? 'fd00:99::/64' : '198.51.100.0/24' },
    { dst: subnet.includes(':') ? 'fd00:98::/64' : '203.0.113.0/24', gw: within(subnet, 5) },
  ])
