import t from 'tap'
import type { Route } from '#kernel/rtnetlink/types.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { parseCidr } from '#net/cidr.ts'
import { requires } from '../rig/requires.ts'
import { type FreshNamespace, freshNamespace, usableAddresses } from './fresh-namespace.ts'

const NEEDS = requires('root', 'ip')

const cidr = (text: string) => parseCidr(text) ?? { address: text, prefixLength: -1 }

interface Pod extends FreshNamespace {
  /** Index of eth0, which is up and has 10.1.0.2/24 and fd00::2/64. */
  readonly eth0: number
}

const pod = (t: Parameters<typeof freshNamespace>[0]): Pod => {
  const fresh = freshNamespace(t)
  const { rtnetlink } = fresh
  // An address whose uniqueness is being checked is no source yet.
  openSysctls(fresh.namespace).write('net/ipv6/conf/default/accept_dad', '0')
  rtnetlink.addLink({ kind: 'veth', name: 'eth0', peer: { name: 'peer0' } })
  const eth0 = rtnetlink.link('eth0')?.index ?? 0
  for (const index of [eth0, rtnetlink.link('peer0')?.index ?? 0, 1]) rtnetlink.changeLink(index, { up: true })
  rtnetlink.addAddress(eth0, cidr('10.1.0.2/24'))
  rtnetlink.addAddress(eth0, cidr('fd00::2/64'))
  return { ...fresh, eth0 }
}

/** Routes that somebody made (not the kernel), as `ip` prints them. */
const told = ({ exec }: FreshNamespace, family: '-4' | '-6', table = 'main'): string[] =>
  exec('ip', family, 'route', 'show', 'table', table)
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '' && !line.includes('proto kernel'))

t.test('an equal IPv4 route is EEXIST; one with another next hop goes behind it', NEEDS, async (t) => {
  const host = pod(t)
  const { rtnetlink, eth0 } = host
  rtnetlink.addRoute({ family: 4, gateway: '10.1.0.1' })
  t.throws(() => rtnetlink.addRoute({ family: 4, gateway: '10.1.0.1' }), { code: 'EEXIST' })
  t.throws(() => rtnetlink.addRoute({ family: 4, gateway: '10.1.0.1', link: eth0 }), { code: 'EEXIST' })
  rtnetlink.addRoute({ family: 4, gateway: '10.1.0.9' })
  t.same(told(host, '-4'), ['default via 10.1.0.1 dev eth0', 'default via 10.1.0.9 dev eth0'])
})

t.test('an equal IPv6 route is EEXIST; one with another next hop joins it', NEEDS, async (t) => {
  const host = pod(t)
  const { rtnetlink } = host
  rtnetlink.addRoute({ family: 6, gateway: 'fd00::1' })
  t.throws(() => rtnetlink.addRoute({ family: 6, gateway: 'fd00::1' }), { code: 'EEXIST' })
  rtnetlink.addRoute({ family: 6, gateway: 'fd00::9' })
  t.same(told(host, '-6'), [
    ...['default metric 1024 pref medium', 'nexthop via fd00::1 dev eth0 weight 1', 'nexthop via fd00::9 dev eth0 weight 1'],
  ])
  t.match(
    rtnetlink.routes({ family: 6 }).filter(({ protocol }) => protocol === 3),
    [{ gateway: 'fd00::1' }, { gateway: 'fd00::9' }],
  )
})

t.test('a network, a priority, an MTU and an advertised MSS', NEEDS, async (t) => {
  const host = pod(t)
  const { rtnetlink, eth0 } = host
  const route: Route = {
    family: 4,
    destination: cidr('10.9.0.0/16'),
    gateway: '10.1.0.1',
    link: eth0,
    priority: 77,
    mtu: 1400,
    advmss: 1360,
  }
  rtnetlink.addRoute(route)
  t.same(told(host, '-4'), ['10.9.0.0/16 via 10.1.0.1 dev eth0 metric 77 mtu 1400 advmss 1360'])
  t.match(rtnetlink.routes({ family: 4, protocol: 3 }), [{ ...route, table: 254, type: 'unicast', scope: 0 }])
  const v6: Route = { family: 6, destination: cidr('fd09::/48'), gateway: 'fd00::1', link: eth0, priority: 77, mtu: 1400, advmss: 1360 }
  rtnetlink.addRoute(v6)
  t.same(told(host, '-6'), ['fd09::/48 via fd00::1 dev eth0 metric 77 mtu 1400 advmss 1360 pref medium'])
  t.match(rtnetlink.routes({ family: 6, protocol: 3 }), [{ ...v6, table: 254, type: 'unicast' }])
})

t.test('a Service’s address is a local route: ours by its protocol, answered from the node’s address', NEEDS, async (t) => {
  const host = pod(t)
  const { rtnetlink, eth0 } = host
  const vip = {
    family: 4,
    destination: cidr('10.96.0.10/32'),
    link: eth0,
    source: '10.1.0.2',
    table: 255,
    type: 'local',
    protocol: 83,
  } as const
  rtnetlink.replaceRoute(vip)
  rtnetlink.replaceRoute(vip)
  const v6 = {
    family: 6,
    destination: cidr('fd96::a/128'),
    link: eth0,
    source: 'fd00::2',
    table: 255,
    type: 'local',
    protocol: 83,
  } as const
  await usableAddresses(rtnetlink, eth0)
  rtnetlink.replaceRoute(v6)
  rtnetlink.replaceRoute(v6)
  t.same(told(host, '-4', 'local'), ['local 10.96.0.10 dev eth0 proto 83 scope host src 10.1.0.2'])
  t.same(told(host, '-6', 'local'), ['local fd96::a dev eth0 proto 83 src fd00::2 metric 1024 pref medium'])
  t.match(rtnetlink.routes({ table: 255, protocol: 83 }), [vip, v6])
  // The kernel looks IPv4 addresses up in one table made of both, and calls it main.
  t.match(rtnetlink.routeTo('10.96.0.10'), { type: 'local', source: '10.1.0.2' })
  t.match(rtnetlink.routeTo('fd96::a'), { type: 'local', table: 255 })
  rtnetlink.deleteRoute(vip)
  rtnetlink.deleteRoute(v6)
  t.same([...told(host, '-4', 'local'), ...told(host, '-6', 'local')], [])
})

t.test('flannel’s route: the gateway is no neighbour, only onlink lets it pass', NEEDS, async (t) => {
  const host = pod(t)
  const route: Route = { family: 4, destination: cidr('10.244.1.0/24'), gateway: '10.244.1.0', link: host.eth0 }
  t.throws(() => host.rtnetlink.addRoute(route), { code: 'ENETUNREACH' })
  host.rtnetlink.addRoute({ ...route, onlink: true })
  t.same(told(host, '-4'), ['10.244.1.0/24 via 10.244.1.0 dev eth0 onlink'])
  t.match(host.rtnetlink.routes({ protocol: 3 }), [{ ...route, onlink: true }])
})

t.test('an IPv4 route through an IPv6 gateway is written and read', NEEDS, async (t) => {
  const host = pod(t)
  const route: Route = { family: 4, destination: cidr('10.9.0.0/16'), gateway: 'fd00::1', link: host.eth0 }
  host.rtnetlink.addRoute(route)
  t.same(told(host, '-4'), ['10.9.0.0/16 via inet6 fd00::1 dev eth0'])
  t.match(host.rtnetlink.routes({ protocol: 3 }), [route])
})

t.test('routes of another table, scope, protocol and type', NEEDS, async (t) => {
  const host = pod(t)
  const { rtnetlink, eth0 } = host
  rtnetlink.addRoute({ family: 4, destination: cidr('10.9.0.0/16'), link: eth0, table: 1000, scope: 253, protocol: 17 })
  rtnetlink.addRoute({ family: 4, destination: cidr('10.8.0.0/16'), type: 'blackhole' })
  rtnetlink.addRoute({ family: 4, destination: cidr('10.7.0.0/16'), type: 'unreachable' })
  t.same(told(host, '-4', '1000'), ['10.9.0.0/16 dev eth0 proto 17 scope link'])
  t.same(told(host, '-4'), ['unreachable 10.7.0.0/16', 'blackhole 10.8.0.0/16'])
  t.match(rtnetlink.routes({ table: 1000 }), [{ destination: cidr('10.9.0.0/16'), scope: 253, protocol: 17 }])
  t.match(rtnetlink.routes({ table: 254, protocol: 3 }), [{ type: 'unreachable' }, { type: 'blackhole' }])
})

t.test('several next hops of somebody else are read one by one', NEEDS, async (t) => {
  const { exec, rtnetlink, eth0 } = pod(t)
  exec('ip', 'route', 'add', '10.9.0.0/16', 'proto', '99', 'nexthop', 'via', '10.1.0.1', 'nexthop', 'via', '10.1.0.3', 'weight', '5')
  t.match(rtnetlink.routes({ protocol: 99 }), [
    { destination: cidr('10.9.0.0/16'), gateway: '10.1.0.1', link: eth0 },
    { destination: cidr('10.9.0.0/16'), gateway: '10.1.0.3', link: eth0 },
  ])
})

t.test('replacing changes the next hop, deleting names as much as is known', NEEDS, async (t) => {
  const host = pod(t)
  const { rtnetlink } = host
  for (const [family, first, second, option] of [[4, '10.1.0.1', '10.1.0.3', '-4'] as const, [6, 'fd00::1', 'fd00::3', '-6'] as const]) {
    rtnetlink.replaceRoute({ family, gateway: first, protocol: 99 })
    rtnetlink.replaceRoute({ family, gateway: second, protocol: 99 })
    t.match(rtnetlink.routes({ family, protocol: 99 }), [{ gateway: second }])
    t.throws(() => rtnetlink.deleteRoute({ family, protocol: 98 }), { code: 'ESRCH' })
    rtnetlink.deleteRoute({ family })
    t.same(told(host, option), [])
    t.throws(() => rtnetlink.deleteRoute({ family }), { code: family === 4 ? 'ESRCH' : 'ENOENT' })
  }
})

t.test('a route to nowhere is refused', NEEDS, async (t) => {
  const { rtnetlink } = pod(t)
  t.throws(() => rtnetlink.addRoute({ family: 4, gateway: '192.0.2.1' }), {
    code: 'ENETUNREACH',
    message: /\(Nexthop has invalid gateway\)/,
  })
  t.throws(() => rtnetlink.addRoute({ family: 4, destination: cidr('10.9.0.0/16'), link: 4711 }), { code: 'ENODEV' })
})

t.test('a lookup gives what ip route get gives, and nothing where nothing leads', NEEDS, async (t) => {
  const { rtnetlink, ip, eth0 } = pod(t)
  rtnetlink.addRoute({ family: 4, gateway: '10.1.0.1' })
  const [get] = ip('route get 192.0.2.1')
  t.match(get, { gateway: '10.1.0.1', dev: 'eth0', prefsrc: '10.1.0.2' })
  t.match(rtnetlink.routeTo('192.0.2.1'), { gateway: '10.1.0.1', link: eth0, source: '10.1.0.2', destination: cidr('192.0.2.1/32') })
  t.match(rtnetlink.routeTo('fd00::77'), { link: eth0, source: 'fd00::2', gateway: undefined })
  t.equal(rtnetlink.routeTo('2001:db8::1'), undefined)
  rtnetlink.deleteRoute({ family: 4 })
  t.equal(rtnetlink.routeTo('192.0.2.1'), undefined)
  for (const type of ['blackhole', 'unreachable', 'prohibit', 'throw'] as const) {
    rtnetlink.replaceRoute({ family: 4, destination: cidr('192.0.2.0/24'), type })
    rtnetlink.replaceRoute({ family: 6, destination: cidr('2001:db8::/32'), type })
    t.equal(rtnetlink.routeTo('192.0.2.1'), undefined, `IPv4 ${type}`)
    t.equal(rtnetlink.routeTo('2001:db8::1'), undefined, `IPv6 ${type}`)
  }
})
