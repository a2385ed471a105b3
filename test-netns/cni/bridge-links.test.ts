import t from 'tap'
import { requires } from '../rig/requires.ts'
import { bridgePorts, link, links } from '../rig/witness-ip.ts'
import { BRIDGE, makeBridgeScene, resultOf } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const V4 = ['10.1.2.0/24']

t.test('hairpin mode and isolation are written as the config says', requires('root'), async (t) => {
  const flags = async (fields: object): Promise<unknown> => {
    const scene = makeBridgeScene(t)
    resultOf(await scene.add(scene.makePod(), fields))
    return bridgePorts(scene.host).map(({ hairpin, isolated }) => ({ hairpin, isolated }))
  }
  t.strictSame(await flags({ hairpinMode: true }), [{ hairpin: true, isolated: false }])
  t.strictSame(await flags({}), [{ hairpin: false, isolated: false }], 'isolation off')
  t.strictSame(await flags({ portIsolation: true }), [{ hairpin: false, isolated: true }], 'isolation on')
})

t.test('the MTU is that of the bridge and of both ends of the pair', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const { interfaces } = resultOf(await scene.add(pod, { mtu: 1412, ipam: scene.ipam(V4) }))
  t.strictSame(
    [link(scene.host, BRIDGE)?.mtu, link(scene.host, interfaces[1]?.name ?? '')?.mtu, link(pod, 'eth0')?.mtu],
    [1412, 1412, 1412],
  )
})

t.test('the pod’s settings: duplicate address detection as asked, gratuitous ARP, IPv6 on', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const [pod, other] = [scene.makePod(), scene.makePod()]
  for (const each of [pod, other]) {
    each.sysctl({ 'net.ipv6.conf.default.disable_ipv6': 1 })
    each.sysctl({ 'net.ipv6.conf.lo.disable_ipv6': 1 })
  }
  const ipam = scene.ipam(['fd00:1:2::/64'])
  resultOf(await scene.add(pod, { isGateway: true, ipam }))
  resultOf(await scene.add(other, { isGateway: true, enabledad: true, ipam }))
  const setting = (where: typeof pod, path: string): string => where.exec('cat', `/proc/sys/net/${path}`)
  for (const [where, dad] of [
    [pod, '0'],
    [other, '1'],
  ] as const) {
    t.equal(setting(where, 'ipv6/conf/eth0/accept_dad'), dad)
    t.equal(setting(where, 'ipv6/conf/eth0/keep_addr_on_down'), '1')
    t.equal(setting(where, 'ipv4/conf/eth0/arp_notify'), '1')
    t.strictSame(
      ['lo', 'eth0'].map((device) => setting(where, `ipv6/conf/${device}/disable_ipv6`)),
      ['0', '0'],
    )
    t.notMatch(where.exec('ip', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'global'), /tentative/)
  }
  for (const device of [BRIDGE, links(scene.host).find(({ master }) => master === BRIDGE)?.ifname]) {
    t.equal(setting(scene.host, `ipv6/conf/${device}/accept_ra`), '0')
  }
  t.equal(setting(scene.host, 'ipv6/conf/all/forwarding'), '1')
})
