import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { addRouteRequest, deleteRouteRequest, dumpRoutesRequest, lookupRequest, replaceRouteRequest } from './route-messages.ts'
import type { Route } from './types.ts'

const RTM_NEWROUTE = 24
const RTM_DELROUTE = 25
const RTM_GETROUTE = 26
/** NLM_F_CREATE | NLM_F_APPEND */
const CREATE_APPEND = 0xc00
/** NLM_F_CREATE | NLM_F_REPLACE */
const CREATE_REPLACE = 0x500

const bytesOf = (request: { payload: Uint8Array | readonly Uint8Array[] }): Buffer => Buffer.concat([request.payload].flat())
const DEFAULT_ROUTE: Route = { family: 4, gateway: '10.1.0.1', link: 2 }

t.test('a default route has no destination: table main, made at boot, universe, unicast', async (t) => {
  t.match(addRouteRequest(DEFAULT_ROUTE), {
    type: RTM_NEWROUTE,
    flags: CREATE_APPEND,
    operation: 'add route default via 10.1.0.1 on link 2',
  })
  t.same(bytesOf(addRouteRequest(DEFAULT_ROUTE)), hex('02 00 00 00 fe 03 00 01 00000000 0800 0500 0a010001 0800 0400 02000000'))
})

t.test('replacing sends the same route with other flags', async (t) => {
  t.match(replaceRouteRequest(DEFAULT_ROUTE), { type: RTM_NEWROUTE, flags: CREATE_REPLACE, operation: /^replace route / })
  t.same(bytesOf(replaceRouteRequest(DEFAULT_ROUTE)), bytesOf(addRouteRequest(DEFAULT_ROUTE)))
})

t.test('every field of a route has its place', async (t) => {
  const route: Route = {
    family: 4,
    destination: { address: '10.244.1.0', prefixLength: 24 },
    gateway: '10.244.1.0',
    link: 5,
    source: '10.0.0.7',
    table: 100,
    type: 'unicast',
    protocol: 17,
    scope: 253,
    priority: 200,
    mtu: 1450,
    advmss: 1410,
    onlink: true,
  }
  const expected = [
    '02 18 00 00 64 11 fd 01 04000000', // RTNH_F_ONLINK
    '0800 0100 0af40100', // RTA_DST
    '0800 0500 0af40100', // RTA_GATEWAY
    '0800 0400 05000000', // RTA_OIF
    '0800 0700 0a000007', // RTA_PREFSRC
    '0800 0600 c8000000', // RTA_PRIORITY
    '0800 0f00 64000000', // RTA_TABLE
    '1400 0880', // RTA_METRICS
    '  0800 0200 aa050000', // RTAX_MTU
    '  0800 0800 82050000', // RTAX_ADVMSS
  ]
  t.same(bytesOf(addRouteRequest(route)), hex(expected.join('')))
})

t.test('a Service address is a local route: the kernel wants host scope', async (t) => {
  const vip: Route = {
    family: 4,
    destination: { address: '10.96.0.10', prefixLength: 32 },
    link: 4,
    source: '10.0.0.7',
    table: 255,
    type: 'local',
    protocol: 83,
  }
  const expected = '02 20 00 00 ff 53 fe 02 00000000 0800 0100 0a60000a 0800 0400 04000000 0800 0700 0a000007 0800 0f00 ff000000'
  t.same(bytesOf(replaceRouteRequest(vip)), hex(expected))
})

t.test('a table above 255 does not fit the header', async (t) => {
  const expected = '02 00 00 00 00 03 00 01 00000000 0800 0500 0a010001 0800 0400 02000000 0800 0f00 00010000'
  t.same(bytesOf(addRouteRequest({ ...DEFAULT_ROUTE, table: 256 })), hex(expected))
})

t.test('an IPv6 route has 16-byte addresses', async (t) => {
  const route: Route = { family: 6, destination: { address: 'fd00:1::', prefixLength: 48 }, gateway: 'fd00::1', priority: 0 }
  const expected = [
    '0a 30 00 00 fe 03 00 01 00000000',
    '1400 0100 fd000001000000000000000000000000',
    '1400 0500 fd000000000000000000000000000001',
    '0800 0600 00000000',
  ]
  t.same(bytesOf(addRouteRequest(route)), hex(expected.join('')))
})

t.test('an IPv4 route through an IPv6 gateway names the family', async (t) => {
  const route: Route = { family: 4, destination: { address: '10.9.0.0', prefixLength: 16 }, gateway: 'fe80::1', link: 2 }
  const expected = [
    '02 10 00 00 fe 03 00 01 00000000',
    '0800 0100 0a090000',
    '1600 1200 0a00 fe800000000000000000000000000001 0000', // RTA_VIA
    '0800 0400 02000000',
  ]
  t.same(bytesOf(addRouteRequest(route)), hex(expected.join('')))
})

t.test('one metric alone is sent alone', async (t) => {
  const expected = '02 00 00 00 fe 03 00 01 00000000 0800 0500 0a010001 0800 0400 02000000 0c00 0880 0800 0200 dc050000'
  t.same(bytesOf(addRouteRequest({ ...DEFAULT_ROUTE, mtu: 1500 })), hex(expected))
})

t.test('every type of route has its number', async (t) => {
  const types = ['unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit', 'throw'] as const
  t.same(
    types.map((type) => bytesOf(addRouteRequest({ family: 4, type })).readUInt8(7)),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})

t.test('deleting matches any protocol, scope and type that the route leaves open', async (t) => {
  t.match(deleteRouteRequest(DEFAULT_ROUTE), { type: RTM_DELROUTE, flags: 0, operation: 'delete route default via 10.1.0.1 on link 2' })
  t.same(bytesOf(deleteRouteRequest(DEFAULT_ROUTE)), hex('02 00 00 00 fe 00 ff 00 00000000 0800 0500 0a010001 0800 0400 02000000'))
  const vip: Route = {
    family: 4,
    destination: { address: '10.96.0.10', prefixLength: 32 },
    table: 255,
    type: 'local',
    protocol: 83,
    scope: 254,
  }
  t.same(bytesOf(deleteRouteRequest(vip)), hex('02 20 00 00 ff 53 fe 02 00000000 0800 0100 0a60000a 0800 0f00 ff000000'))
})

t.test('a list is asked for one family or for all', async (t) => {
  t.match(dumpRoutesRequest(undefined), { type: RTM_GETROUTE, flags: 0 })
  t.same(bytesOf(dumpRoutesRequest(undefined)), hex('00 00 00 00 00 00 00 00 00000000'))
  t.same(bytesOf(dumpRoutesRequest(6)), hex('0a 00 00 00 00 00 00 00 00000000'))
})

t.test('a lookup is for one address, all of its bits, and asks for the table', async (t) => {
  t.match(lookupRequest('10.0.0.9'), { type: RTM_GETROUTE, flags: 0 })
  t.same(bytesOf(lookupRequest('10.0.0.9')), hex('02 20 00 00 00 00 00 00 00100000 0800 0100 0a000009'))
  t.same(bytesOf(lookupRequest('fd00::9')), hex('0a 80 00 00 00 00 00 00 00100000 1400 0100 fd000000000000000000000000000009'))
})
