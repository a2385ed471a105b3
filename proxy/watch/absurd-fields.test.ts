/** Every field of a Service, a slice and a Node, one after the other: missing, null, or absurd. Nothing else than a legal value may come out. */
import t from 'tap'
import { parseAddress } from '#net/address.ts'
import { parseCidr } from '#net/cidr.ts'
import { compiled } from '../services/testing/compiling.ts'
import type { EndpointSlice, Node, Service } from '../services/types.ts'
import { ObjectError } from './fields.ts'
import { reduceNode } from './reduce-node.ts'
import { reduceService } from './reduce-service.ts'
import { reduceSlice } from './reduce-slice.ts'
import { NODE, SERVICE, SLICE } from './testing/whole-objects.ts'

const MISSING = Symbol('missing')
const ABSURD: readonly unknown[] = [
  MISSING,
  null,
  true,
  false,
  0,
  -1,
  65_536,
  1.5,
  1e308,
  Number.NaN,
  '',
  ' ',
  'None',
  '-1',
  '80',
  '../../etc',
  'a b; drop } add rule',
  '127.0.0.1',
  '0.0.0.0/0',
  '::ffff:10.0.0.1',
  '\u0000',
  'é'.repeat(2_000),
  [],
  [[]],
  [null],
  {},
  { length: 1e9 },
  { toString: 1, constructor: null },
  JSON.parse('{"__proto__": {"type": "LoadBalancer"}}'),
  Array.from({ length: 500 }, () => 'x'),
]

type Path = readonly (string | number)[]

const pathsOf = (value: unknown, path: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [path]
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [path, ...entries.flatMap(([key, child]) => pathsOf(child, [...path, key]))]
}

/** The object with one field changed, or without it. */
const withField = (value: unknown, [first, ...rest]: Path, absurd: unknown): unknown => {
  if (first === undefined) return absurd === MISSING ? undefined : absurd
  const copy: Record<string | number, unknown> = Object.assign(Array.isArray(value) ? [] : {}, value)
  if (rest.length === 0 && absurd === MISSING) delete copy[first]
  else copy[first] = withField(copy[first], rest, absurd)
  return copy
}

const isAddress = (value: unknown): boolean =>
  typeof value === 'string' && parseAddress(value) === value && !/^(127|0|22[4-9])\.|^::1?$/.test(value)
const isPort = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
const isCidr = (cidr: { address: string; prefixLength: number }): boolean => parseCidr(`${cidr.address}/${cidr.prefixLength}`) !== undefined

const ITEM =
  /^(element (vip|nodeport|drop|outsidedrop|restricted)[46] [0-9a-f.:]+ \. (tcp|udp|sctp) \. \d{1,5}|element allowed[46] [0-9a-f.:]+ \. (tcp|udp|sctp) \. \d{1,5} \. [0-9a-f.:]+\/\d{1,3}|element address[46] [0-9a-f.:]+|element hairpin[46] [0-9a-f.:]+ \. [0-9a-f.:]+|element marks 0x[0-9a-f]{1,4}1000|mark outside[46] [0-9a-f.:]+ \. (tcp|udp|sctp) \. \d{1,5}|(server|destination) (tcp|udp|sctp|fwmark) [0-9a-fx.:[\] ipv46]+|route [0-9a-f.:]+)$/

/** What is wrong with a reduced Service; and it must be possible to compile it, with its neighbour, into items that the kernel can take. */
const serviceFaults = (service: Service): string[] => [
  ...[...service.clusterIps, ...service.externalIps, ...service.loadBalancerIps].filter((address) => !isAddress(address)),
  ...service.ports
    .filter(({ port, nodePort }) => !isPort(port) || (nodePort !== 0 && !isPort(nodePort)))
    .map((port) => JSON.stringify(port)),
  ...(service.sourceRanges ?? []).filter((cidr) => !isCidr(cidr)).map((cidr) => JSON.stringify(cidr)),
  ...(service.healthCheckNodePort === 0 || isPort(service.healthCheckNodePort) ? [] : ['healthCheckNodePort']),
  ...(service.affinitySeconds >= 0 && service.affinitySeconds <= 86_400 ? [] : ['affinity']),
  ...(service.notices.every(({ message }) => message.length < 600) ? [] : ['a long notice']),
  ...(service.clusterIps.length > 0 ? [] : ['no cluster IP']),
  ...(Number.isFinite(service.createdAt) ? [] : ['createdAt']),
  ...itemFaults(service),
]

const itemFaults = (service: Service, slice = reduceSlice(SLICE, () => {})): string[] =>
  [...compiled([service, ...(slice === undefined ? [] : [slice])]).items.keys()].filter((key) => !ITEM.test(key))

const sliceFaults = (slice: EndpointSlice): string[] => {
  const service = reduceService(SERVICE, () => {})
  return [
    ...slice.endpoints.filter(({ address }) => !isAddress(address)).map(({ address }) => address),
    ...slice.ports.filter(({ port }) => !isPort(port)).map(({ port }) => `${port}`),
    ...(service === undefined ? ['no Service'] : itemFaults(service, slice)),
  ]
}

const nodeFaults = ({ name, addresses, podCidrs, zone, deleting, taintedForDeletion }: Node): string[] => [
  ...(/^[a-z0-9.-]{1,253}$/.test(name) ? [] : [name]),
  ...addresses.filter((address) => parseAddress(address) !== address),
  ...podCidrs.filter((cidr) => !isCidr(cidr)).map((cidr) => JSON.stringify(cidr)),
  ...(typeof zone === 'string' && typeof deleting === 'boolean' && typeof taintedForDeletion === 'boolean' ? [] : ['zone or end']),
]

/** `reduce` over every field made absurd: how many were tried, and what came out wrong. */
const tried = <Value>(object: unknown, reduce: (raw: unknown) => Value | undefined, faultsOf: (value: Value) => string[]) => {
  const paths = pathsOf(object)
  const faults = paths.flatMap((path) =>
    ABSURD.flatMap((absurd) => {
      try {
        const value = reduce(withField(object, path, absurd))
        return value === undefined
          ? []
          : faultsOf(value).map((fault) => `${path.join('.')} = ${String(JSON.stringify(absurd)).slice(0, 40)}: ${fault}`)
      } catch (error) {
        return error instanceof ObjectError && error.message.length < 400 ? [] : [`${path.join('.')}: ${error}`]
      }
    }),
  )
  return { cases: paths.length * ABSURD.length, faults }
}

t.test('a Service with any field missing or absurd is legal, nothing, or refused by name', async (t) => {
  t.same(
    tried(SERVICE, (raw) => reduceService(raw, () => {}), serviceFaults),
    { cases: 1_530, faults: [] },
  )
})

t.test('a slice with any field missing or absurd is legal, nothing, or refused by name', async (t) => {
  t.same(
    tried(SLICE, (raw) => reduceSlice(raw, () => {}), sliceFaults),
    { cases: 900, faults: [] },
  )
})

t.test('a Node with any field missing or absurd is legal or refused by name', async (t) => {
  t.same(
    tried(NODE, (raw) => reduceNode(raw, () => {}), nodeFaults),
    { cases: 600, faults: [] },
  )
})
