import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { decodeRoutes, matches } from './route-replies.ts'
import type { Route } from './types.ts'

const RTM_NEWROUTE = 24
const routesOf = (...lines: readonly string[]): Route[] =>
  decodeRoutes({ type: RTM_NEWROUTE, flags: 2, sequence: 1, payload: hex(lines.join('')) })

t.test('a route is read with all its fields', async (t) => {
  const routes = routesOf(
    '02 18 00 00 fe 11 fd 01 04000000', // /24, main, protocol 17, scope link, unicast, RTNH_F_ONLINK
    '0800 0f00 fe000000', // RTA_TABLE
    '0800 0100 0af40100', // RTA_DST
    '0800 0600 c8000000', // RTA_PRIORITY
    '1400 0800 0800 0200 aa050000 0800 0800 82050000', // RTA_METRICS { RTAX_MTU, RTAX_ADVMSS }
    '0800 0700 0a000007', // RTA_PREFSRC
    '0800 0500 0af40100', // RTA_GATEWAY
    '0800 0400 05000000', // RTA_OIF
  )
  t.same(routes, [
    {
      family: 4,
      destination: { address: '10.244.1.0', prefixLength: 24 },
      gateway: '10.244.1.0',
      link: 5,
      source: '10.0.0.7',
      table: 254,
      type: 'unicast',
      protocol: 17,
      scope: 253,
      priority: 200,
      mtu: 1450,
      advmss: 1410,
      onlink: true,
    },
  ])
})

t.test('a default route has no destination, and what is not sent is absent', async (t) => {
  const routes = routesOf('02 00 00 00 fe 03 00 01 00000000', '0800 0f00 fe000000', '0800 0500 0a010001', '0800 0400 02000000')
  t.strictSame(routes, [{ family: 4, type: 'unicast', table: 254, protocol: 3, scope: 0, gateway: '10.1.0.1', link: 2 }])
})

t.test('IPv6 sends preferences, cache information and metrics that are not asked for', async (t) => {
  const routes = routesOf(
    '0a 40 00 00 fe 02 00 01 00000000',
    '0800 0f00 fe000000', // RTA_TABLE
    '1400 0100 fd000000000000000000000000000000', // RTA_DST
    '0800 0600 00010000', // RTA_PRIORITY
    '0800 0400 02000000', // RTA_OIF
    '2400 0c00 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000', // RTA_CACHEINFO
    '0c00 0800 0800 0a00 40000000', // RTA_METRICS { RTAX_HOPLIMIT }
    '0500 1400 00 000000', // RTA_PREF
  )
  t.strictSame(routes, [
    {
      family: 6,
      type: 'unicast',
      destination: { address: 'fd00::', prefixLength: 64 },
      table: 254,
      protocol: 2,
      scope: 0,
      priority: 256,
      link: 2,
    },
  ])
})

t.test('a table number is read from its attribute, or else from the header', async (t) => {
  t.match(routesOf('02 20 00 00 00 53 fe 02 00000000 0800 0f00 00010000 0800 0100 0a60000a'), [{ table: 256, type: 'local', scope: 254 }])
  t.match(routesOf('02 20 00 00 ff 53 fe 02 00000000 0800 0100 0a60000a'), [{ table: 255, protocol: 83 }])
})

t.test('several next hops are as many routes', async (t) => {
  const routes = routesOf(
    '0a 00 00 00 fe 03 00 01 00000000',
    '0800 0f00 fe000000',
    '0800 0600 00040000', // RTA_PRIORITY
    '3c00 0900', // RTA_MULTIPATH
    '  1c00 00 00 02000000 1400 0500 fd000000000000000000000000000001',
    '  1c00 04 00 03000000 1400 0500 fd000000000000000000000000000002',
  )
  const common = { family: 6, type: 'unicast', table: 254, protocol: 3, scope: 0, priority: 1024 }
  t.strictSame(routes, [
    { ...common, gateway: 'fd00::1', link: 2 },
    { ...common, gateway: 'fd00::2', link: 3, onlink: true },
  ])
})

t.test('next hops without a gateway, or with one of the other family', async (t) => {
  const routes = routesOf(
    '02 08 00 00 fe 03 00 01 00000000 0800 0100 0b000000',
    '2c00 0900', // RTA_MULTIPATH
    '  0800 00 00 02000000',
    '  2000 00 00 03000000 1600 1200 0a00 fe800000000000000000000000000001 0000', // RTA_VIA
  )
  t.match(routes, [
    { link: 2, gateway: undefined },
    { link: 3, gateway: 'fe80::1' },
  ])
})

t.test('a gateway of the other family is a gateway', async (t) => {
  const routes = routesOf('02 00 00 00 fe 03 00 01 00000000', '1600 1200 0a00 fe800000000000000000000000000001 0000', '0800 0400 02000000')
  t.match(routes, [{ family: 4, gateway: 'fe80::1', link: 2 }])
})

t.test('next hops whose lengths do not add up are refused', async (t) => {
  for (const hops of ['0c00 0900 0700 00 00 02000000', '0c00 0900 0000 00 00 02000000', '0c00 0900 0900 00 00 02000000']) {
    t.throws(() => routesOf(`02 00 00 00 fe 03 00 01 00000000 ${hops}`), { code: 'EPROTO' }, hops)
  }
})

t.test('routes of other families, and of types without a name, are none', async (t) => {
  t.same(routesOf('80 00 00 00 fe 03 00 05 00000000'), [])
  t.same(routesOf('02 00 00 00 fe 03 00 0a 00000000'), [])
})

t.test('a filter keeps what satisfies all of it', async (t) => {
  const route: Route = { family: 4, table: 255, protocol: 83 }
  for (const filter of [{}, { family: 4 }, { table: 255 }, { protocol: 83 }, { family: 4, table: 255, protocol: 83 }] as const)
    t.ok(matches(route, filter), JSON.stringify(filter))
  for (const filter of [{ family: 6 }, { table: 254 }, { protocol: 3 }, { family: 4, table: 255, protocol: 3 }] as const)
    t.notOk(matches(route, filter), JSON.stringify(filter))
})
