import t from 'tap'
import { type Cidr, parseCidr } from '#net/cidr.ts'
import type { ResultRoute } from '../protocol/result.ts'
import { addressingOf } from './gateways.ts'

const cidr = (text: string): Cidr => parseCidr(text) ?? { address: '', prefixLength: -1 }
const ip = (text: string, gateway?: string): { address: Cidr; gateway?: string } => ({
  address: cidr(text),
  ...(gateway !== undefined && { gateway }),
})
const route = (dst: string, rest: Omit<ResultRoute, 'dst'> = {}): ResultRoute => ({ dst: cidr(dst), ...rest })

const PLAIN = { isGateway: false, isDefaultGateway: false }
const GATEWAY = { isGateway: true, isDefaultGateway: false }
const DEFAULT_GATEWAY = { isGateway: true, isDefaultGateway: true }

t.test('every address belongs to the container interface, and a plain bridge adds nothing', (t) => {
  const lease = { ips: [{ ...ip('10.1.2.2/24', '10.1.2.1'), interface: 0 }, ip('fd00::2/64')], routes: [route('10.8.0.0/16')] }
  t.strictSame(addressingOf(lease, PLAIN), {
    ips: [
      { interface: 2, address: { address: '10.1.2.2', prefixLength: 24 }, gateway: '10.1.2.1' },
      { interface: 2, address: { address: 'fd00::2', prefixLength: 64 } },
    ],
    routes: [{ dst: { address: '10.8.0.0', prefixLength: 16 } }],
    defaultRoutes: [],
    bridgeAddresses: [],
  })
  t.end()
})

t.test('a gateway that IPAM leaves out is the first address of the network', (t) => {
  const { ips, bridgeAddresses } = addressingOf({ ips: [ip('10.1.2.77/20'), ip('fd00:1::99/112')], routes: [] }, GATEWAY)
  t.strictSame(
    ips.map(({ gateway }) => gateway),
    ['10.1.0.1', 'fd00:1::1'],
  )
  t.strictSame(bridgeAddresses, [
    { address: '10.1.0.1', prefixLength: 20 },
    { address: 'fd00:1::1', prefixLength: 112 },
  ])
  t.end()
})

t.test('the bridge holds every gateway with the mask of its address, IPv4 first', (t) => {
  const ips = [ip('fd00::2/64', 'fd00::1'), ip('10.1.2.2/24', '10.1.2.254'), ip('fd01::2/64', 'fd01::1')]
  t.strictSame(addressingOf({ ips, routes: [] }, GATEWAY).bridgeAddresses, [
    { address: '10.1.2.254', prefixLength: 24 },
    { address: 'fd00::1', prefixLength: 64 },
    { address: 'fd01::1', prefixLength: 64 },
  ])
  t.end()
})

t.test('a default gateway adds one default route for each family, through its first gateway', (t) => {
  const ips = [ip('10.1.2.2/24', '10.1.2.1'), ip('fd00::2/64', 'fd00::1'), ip('fd01::2/64', 'fd01::1'), ip('10.9.2.2/24', '10.9.2.1')]
  t.strictSame(addressingOf({ ips, routes: [] }, DEFAULT_GATEWAY).defaultRoutes, [
    { dst: { address: '0.0.0.0', prefixLength: 0 }, gw: '10.1.2.1' },
    { dst: { address: '::', prefixLength: 0 }, gw: 'fd00::1' },
  ])
  t.end()
})

t.test('a default route of IPAM with a gateway of its own wins', (t) => {
  const routes = [route('0.0.0.0/0', { gw: '10.1.2.9' })]
  const { routes: kept, defaultRoutes } = addressingOf({ ips: [ip('10.1.2.2/24', '10.1.2.1')], routes }, DEFAULT_GATEWAY)
  t.strictSame(kept, [{ dst: { address: '0.0.0.0', prefixLength: 0 }, gw: '10.1.2.9' }])
  t.strictSame(defaultRoutes, [])
  t.end()
})

t.test(
  'a default route of IPAM without a gateway gets the one of its family, where the reference adds a second and fails with EEXIST',
  (t) => {
    const routes = [route('0.0.0.0/0', { mtu: 1400 }), route('::/0')]
    const ips = [ip('10.1.2.2/24', '10.1.2.1'), ip('fd00::2/64', 'fd00::1')]
    t.strictSame(addressingOf({ ips, routes }, DEFAULT_GATEWAY), {
      ips: ips.map((each) => ({ interface: 2, ...each })),
      routes: [
        { dst: { address: '0.0.0.0', prefixLength: 0 }, mtu: 1400, gw: '10.1.2.1' },
        { dst: { address: '::', prefixLength: 0 }, gw: 'fd00::1' },
      ],
      defaultRoutes: [],
      bridgeAddresses: [
        { address: '10.1.2.1', prefixLength: 24 },
        { address: 'fd00::1', prefixLength: 64 },
      ],
    })
    t.end()
  },
)

t.test('a default route that differs in metric, table or scope is another route', (t) => {
  for (const rest of [{ priority: 5 }, { table: 100 }, { scope: 253 }]) {
    const { routes, defaultRoutes } = addressingOf(
      { ips: [ip('10.1.2.2/24', '10.1.2.1')], routes: [route('0.0.0.0/0', rest)] },
      DEFAULT_GATEWAY,
    )
    t.strictSame(routes, [{ dst: { address: '0.0.0.0', prefixLength: 0 }, ...rest }])
    t.strictSame(defaultRoutes, [{ dst: { address: '0.0.0.0', prefixLength: 0 }, gw: '10.1.2.1' }])
  }
  t.end()
})

t.test('a route with bits behind its prefix of zero is no default route', (t) => {
  const { defaultRoutes } = addressingOf(
    { ips: [ip('10.1.2.2/24', '10.1.2.1')], routes: [route('10.0.0.0/0', { gw: '10.1.2.9' })] },
    DEFAULT_GATEWAY,
  )
  t.equal(defaultRoutes.length, 1)
  t.end()
})
