import t from 'tap'
import type { LinkAddress, Route } from '#kernel/rtnetlink/types.ts'
import { type Cidr, parseCidr } from '#net/cidr.ts'
import type { ResultIp, ResultRoute } from '../../protocol/result.ts'
import { device } from '../simulated-rtnetlink.ts'
import { checkAddresses, checkRoutes } from './addressing.ts'

const cidr = (text: string): Cidr => parseCidr(text) ?? { address: text, prefixLength: -1 }
const ETH0 = device({ index: 2, name: 'eth0' })

/** An interface with these addresses, and routes as `DESTINATION GATEWAY TABLE`. */
const links = (addresses: string[], routes: string[]) => ({
  addresses: (): LinkAddress[] => addresses.map((text) => ({ ...cidr(text), link: 2, scope: 0, flags: 0x80 })),
  routes: ({ table }: { table?: number } = {}): Route[] =>
    routes.map(routeOf).filter((route) => table === undefined || route.table === table),
})

const routeOf = (text: string): Route => {
  const [destination = '', gateway = '-', table = '254'] = text.split(' ')
  const isDefault = destination.startsWith('default')
  return {
    family: destination.includes(':') || destination === 'default6' ? 6 : 4,
    ...(!isDefault && { destination: cidr(destination) }),
    ...(gateway !== '-' && { gateway }),
    table: Number(table),
  }
}

const ips = (...texts: string[]): ResultIp[] => texts.map((text) => ({ address: cidr(text), gateway: '10.1.0.1' }))

t.test('every address is there, with its prefix length', (t) => {
  const checked = (present: string[], ...wanted: string[]) =>
    checkAddresses(links(present, ['10.1.0.0/24', 'fd00::/64']), { interface: ETH0, ips: ips(...wanted) })
  t.doesNotThrow(() => checked(['10.1.0.2/24', 'fd00::2/64', 'fe80::1/64'], '10.1.0.2/24', 'fd00::2/64'))
  t.throws(() => checked(['10.1.0.2/16'], '10.1.0.2/24'), { message: 'Failed to match addr 10.1.0.2/24 on interface eth0' })
  t.throws(() => checked(['10.1.0.2/24'], '10.1.0.2/24', 'fd00::2/64'), { message: 'Failed to match addr fd00::2/64 on interface eth0' })
  t.end()
})

t.test('an address has the route to its network, in the main table', (t) => {
  const checked = (route: string) => checkAddresses(links(['10.1.0.2/24'], [route]), { interface: ETH0, ips: ips('10.1.0.2/24') })
  t.doesNotThrow(() => checked('10.1.0.0/24'))
  for (const route of ['10.1.0.0/16', '10.2.0.0/24', 'fd00::/64', 'default', '10.1.0.0/24 - 100']) {
    t.throws(() => checked(route), { message: 'Failed to find Gateway 10.1.0.1 for interface eth0' }, route)
  }
  t.throws(() => checkAddresses(links(['10.1.0.2/24'], []), { interface: ETH0, ips: [{ address: cidr('10.1.0.2/24') }] }), {
    message: 'Failed to find Gateway <nil> for interface eth0',
  })
  t.end()
})

t.test('what a result leaves out is missed in the reference’s words', (t) => {
  t.throws(() => checkAddresses(links(['10.1.0.2/24'], []), { interface: ETH0, ips: [{ address: undefined }] }), {
    message: 'Failed to match addr <nil> on interface eth0',
  })
  t.throws(() => checkRoutes(links([], []), [{ dst: undefined, gw: '10.1.0.1' }]), {
    message: 'Invalid static route found {Dst:{IP:<nil> Mask:<nil>} GW:10.1.0.1 MTU:0 AdvMSS:0 Priority:0 Table:<nil> Scope:<nil>}',
  })
  t.end()
})

t.test('a single address has no network to lead to, where the reference always fails', (t) => {
  t.doesNotThrow(() => checkAddresses(links(['10.1.0.2/32'], []), { interface: ETH0, ips: ips('10.1.0.2/32') }))
  t.end()
})

const check = (present: string[], route: Omit<ResultRoute, 'dst'> & { dst: string }) =>
  checkRoutes(links([], present), [{ ...route, dst: cidr(route.dst) }])

t.test('every route is there, with its gateway if it has one', (t) => {
  t.doesNotThrow(() => check(['10.8.0.0/16 10.1.0.1'], { dst: '10.8.0.0/16', gw: '10.1.0.1' }))
  t.doesNotThrow(() => check(['10.8.0.0/16 10.1.0.1'], { dst: '10.8.0.0/16' }))
  t.doesNotThrow(() => check(['10.8.0.0/16 10.1.0.9', '10.8.0.0/16 10.1.0.1'], { dst: '10.8.0.0/16', gw: '10.1.0.1' }))
  t.throws(() => check(['10.8.0.0/16 10.1.0.9'], { dst: '10.8.0.0/16', gw: '10.1.0.1', mtu: 1400, table: 254 }), {
    message:
      'Expected Route {Dst:{IP:10.8.0.0 Mask:ffff0000} GW:10.1.0.1 MTU:1400 AdvMSS:0 Priority:0 Table:254 Scope:<nil>} not found in routing table',
  })
  t.throws(() => check(['10.8.0.0/24 10.1.0.1'], { dst: '10.8.0.0/16' }), {
    message:
      'Expected Route {Dst:{IP:10.8.0.0 Mask:ffff0000} GW:<nil> MTU:0 AdvMSS:0 Priority:0 Table:<nil> Scope:<nil>} not found in routing table',
  })
  t.end()
})

t.test('of a default route the gateway does not matter, its family does', (t) => {
  t.doesNotThrow(() => check(['default 10.1.0.9'], { dst: '0.0.0.0/0', gw: '10.1.0.1' }))
  t.throws(() => check(['default 10.1.0.9'], { dst: '::/0', gw: 'fd00::1' }), {
    message:
      'Expected Route {Dst:{IP::: Mask:00000000000000000000000000000000} GW:fd00::1 MTU:0 AdvMSS:0 Priority:0 Table:<nil> Scope:<nil>} not found in routing table',
  })
  t.doesNotThrow(() => check(['default6 fd00::9'], { dst: '::/0', gw: 'fd00::1' }))
  t.end()
})

t.test('a route is looked for in the table it names; the reference looks into the main one only', (t) => {
  t.doesNotThrow(() => check(['10.8.0.0/16 10.1.0.1 100'], { dst: '10.8.0.0/16', table: 100 }))
  t.throws(() => check(['10.8.0.0/16 10.1.0.1'], { dst: '10.8.0.0/16', table: 100 }))
  t.doesNotThrow(() => check(['10.8.0.0/16 10.1.0.1'], { dst: '10.8.0.0/16', table: 0 }))
  t.end()
})
