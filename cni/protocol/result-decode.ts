/** Reads the results of all specification versions into the one shape of result.ts. */
import type { IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import { cidr, ip } from './address-fields.ts'
import { DNS } from './config.ts'
import { type Decoded, decode, type Fields, int, list, optional, string, struct } from './decode.ts'
import type { GoValue } from './json.ts'
import type { Result, ResultInterface, ResultIp, ResultRoute, WrittenResult } from './result.ts'
import { goQuote } from './text.ts'

/** A route of a result, and of a config's `ipam.routes`. */
export const ROUTE = struct(
  'types.route',
  { dst: cidr, gw: ip, mtu: int, advmss: int, priority: int, table: optional(int), scope: optional(int) },
  { readsItself: true },
)

/** Routes as lists have them. */
export const ROUTES = list(ROUTE, '[]*types.Route')

/** A route as read; zero values are absent ones. */
export const routeOf = (fields: Decoded<typeof ROUTE>): ResultRoute<Cidr | undefined> => {
  const { dst, gw, mtu, advmss, priority, table, scope } = fields
  return {
    dst,
    ...(gw !== undefined && { gw }),
    ...(mtu !== 0 && { mtu }),
    ...(advmss !== 0 && { advmss }),
    ...(priority !== 0 && { priority }),
    ...(table !== undefined && { table }),
    ...(scope !== undefined && { scope }),
  }
}

const INTERFACE = { name: string, mac: string, sandbox: string }
const IP = { interface: optional(int), address: cidr, gateway: ip }
/** The result of one of Go's packages; what a list holds is a pointer to Go, and named without its own reader. */
const resultStruct = <I extends Fields, A extends Fields>(name: string, INTERFACE: I, ADDRESS: A) =>
  struct(`${name}.Result`, {
    cniVersion: string,
    interfaces: list(struct(`${name}.Interface`, INTERFACE), `[]*${name}.Interface`),
    ips: list(struct(`${name}.ipConfig`, ADDRESS, { readsItself: true }), `[]*${name}.IPConfig`),
    routes: ROUTES,
    dns: DNS,
  })

/** Each is made when a result of its versions is read: a call reads one or two. */
const newResult = () => resultStruct('types100', { ...INTERFACE, mtu: int, socketPath: string, pciID: string }, IP)
const middleResult = () => resultStruct('types040', INTERFACE, { version: string, ...IP })

const oldResult = () => {
  const place = { ip: cidr, gateway: ip, routes: list(ROUTE, '[]types.Route') }
  const ip4 = optional(struct('types020.ipConfig', place, { readsItself: true }))
  return struct('types020.Result', { cniVersion: string, ip4, ip6: ip4, dns: DNS })
}

/** The versions whose results have one shape; a result naming none is of the first. */
const SHAPES: readonly { readonly versions: readonly string[]; readonly read: (value: GoValue) => Read }[] = [
  { versions: ['0.1.0', '0.2.0'], read: (value) => readOld(value) },
  { versions: ['0.3.0', '0.3.1', '0.4.0'], read: (value) => readMiddle(value) },
  { versions: ['1.0.0', '1.1.0'], read: (value) => readNew(value) },
]

/**
 * Reads a result as one of `version`. Unknown fields vanish, and so do the fields a version does not have.
 * @throws Error with the reference's sentence
 */
export const decodeResult = (version: string, value: GoValue): WrittenResult => {
  const asked = version === '' ? '0.1.0' : version
  const shape = SHAPES.find(({ versions }) => versions.includes(asked))
  if (shape === undefined) throw new Error(`unsupported CNI result version ${goQuote(version)}`)
  const { version: written, result } = shape.read(value)
  const accepted = shape.versions.includes(written) || (written === '' && asked < '0.3.0')
  if (!accepted) {
    throw new Error(`result type supports [${shape.versions.join(' ')}] but unmarshalled CNIVersion is ${goQuote(written)}`)
  }
  return result
}

/** A result whose addresses and destinations are all there. @throws Error with the sentence of Go, which prints them before it reads them */
export const completeResult = ({ ips, routes, ...rest }: WrittenResult): Result => ({
  ...rest,
  ips: ips.map((each) => ({ ...each, address: present(each.address) })),
  routes: routes.map((each) => ({ ...each, dst: present(each.dst) })),
})

const present = (network: Cidr | undefined): Cidr => {
  if (network === undefined) throw new Error('invalid CIDR address: <nil>')
  return network
}

interface Read {
  readonly version: string
  readonly result: WrittenResult
}

/** ip4 and ip6 are places: what family stands there is not looked at. */
const readOld = (value: GoValue): Read => {
  const { cniVersion, ip4, ip6, dns } = decode(value, oldResult())
  const places = [
    { version: '4', written: ip4 },
    { version: '6', written: ip6 },
  ]
  const ips = places.flatMap(({ version, written }) =>
    written === undefined ? [] : [{ version, ...addressOf(written.ip, written.gateway) }],
  )
  const routes = places.flatMap(({ written }) => written?.routes.map(routeOf) ?? [])
  return { version: cniVersion, result: { interfaces: [], ips, routes, dns } }
}

const readMiddle = (value: GoValue): Read => {
  const { cniVersion, interfaces, ips, routes, dns } = decode(value, middleResult())
  const versioned = ips.map(({ version, ...rest }) => ({ version, ...ipOf(rest) }))
  return { version: cniVersion, result: { interfaces: interfaces.map(interfaceOf), ips: versioned, routes: routes.map(routeOf), dns } }
}

const readNew = (value: GoValue): Read => {
  const { cniVersion, interfaces, ips, routes, dns } = decode(value, newResult())
  const result = { interfaces: interfaces.map(interfaceOf), ips: ips.map(ipOf), routes: routes.map(routeOf), dns }
  return { version: cniVersion, result }
}

type Newest = Decoded<ReturnType<typeof newResult>>
type WrittenInterface = Decoded<ReturnType<typeof middleResult>>['interfaces'][number] & Partial<Newest['interfaces'][number]>

const interfaceOf = ({ name, mac, mtu = 0, sandbox, socketPath = '', pciID = '' }: WrittenInterface): ResultInterface => ({
  name,
  ...(mac !== '' && { mac }),
  ...(mtu !== 0 && { mtu }),
  ...(sandbox !== '' && { sandbox }),
  ...(socketPath !== '' && { socketPath }),
  ...(pciID !== '' && { pciID }),
})

const ipOf = ({ interface: index, address, gateway }: Newest['ips'][number]): ResultIp<Cidr | undefined> => ({
  ...(index !== undefined && { interface: index }),
  ...addressOf(address, gateway),
})

const addressOf = (address: Cidr | undefined, gateway: IpAddress | undefined): Pick<ResultIp<Cidr | undefined>, 'address' | 'gateway'> => ({
  address,
  ...(gateway !== undefined && { gateway }),
})
