import t from 'tap'
import { requires } from '../rig/requires.ts'
import { link, links, routes, routes6 } from '../rig/witness-ip.ts'
import { addressesOf, BRIDGE, makeBridgeScene, VERSIONS } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const V4 = ['10.1.2.0/24']
const V6 = ['fd00:1:2::/64']

for (const { number, title, subnets, gateways, defaults } of [
  { number: 16, title: 'IPv4', subnets: V4, gateways: ['10.1.2.1/24'], defaults: ['10.1.2.1'] },
  { number: 17, title: 'IPv6', subnets: V6, gateways: ['fd00:1:2::1/64'], defaults: ['fd00:1:2::1'] },
  {
    number: 18,
    title: 'dual stack',
    subnets: [...V4, ...V6],
    gateways: ['10.1.2.1/24', 'fd00:1:2::1/64'],
    defaults: ['10.1.2.1', 'fd00:1:2::1'],
  },
]) {
  t.test(
    `[bridge ${number}] [bridge ${number + 18}] ${title}: addresses, default route, gateway on the bridge; DEL removes`,
    requires('root'),
    async (t) => {
      for (const cniVersion of VERSIONS) {
        const scene = makeBridgeScene(t)
        const pod = scene.makePod()
        const config = { cniVersion, isDefaultGateway: true, ipam: scene.ipam(subnets) }
        const before = scene.everything(pod)
        const added = await scene.add(pod, config)
        t.strictSame([added.exitCode, added.stderr], [0, ''], cniVersion)
        t.strictSame(
          addressesOf(pod, 'eth0'),
          gateways.map((gateway) => gateway.replace('1/', '2/')),
          'of the pod',
        )
        t.strictSame(addressesOf(scene.host, BRIDGE), gateways, 'of the bridge')
        const defaultRoutes = [...routes(pod), ...routes6(pod)].filter(({ dst }) => dst === 'default')
        t.strictSame(
          defaultRoutes.map(({ gateway, prefsrc, dev }) => [gateway, prefsrc, dev]),
          defaults.map((gateway) => [gateway, undefined, 'eth0']),
        )
        const bridge = link(scene.host, BRIDGE)
        const port = links(scene.host).find(({ master }) => master === BRIDGE)
        t.not(bridge?.address, port?.address, 'a bridge with an address keeps a hardware address of its own')
        t.equal((await scene.del(pod, config)).exitCode, 0)
        t.equal((await scene.del(pod, config)).exitCode, 0, 'a second DEL succeeds')
        t.strictSame([links(pod).length, scene.leases()], [1, []])
        scene.host.exec('ip', 'link', 'delete', BRIDGE)
        t.strictSame(scene.everything(pod), before, 'nothing but the bridge is left')
      }
    },
  )
}

t.test('[bridge 19] one IPv4 and two IPv6 addresses; versions before 0.3.0 refuse ADD and DEL', requires('root'), async (t) => {
  const subnets = ['10.1.2.0/24', 'fd00:1:2::/64', 'fd00:1:3::/64']
  for (const cniVersion of VERSIONS) {
    const scene = makeBridgeScene(t)
    const pod = scene.makePod()
    const config = { cniVersion, isDefaultGateway: true, ipam: scene.ipam(subnets) }
    if (cniVersion < '0.3.0') {
      const message = `CNI version ${cniVersion} does not support more than 1 address per family`
      const before = scene.everything(pod)
      t.match((await scene.add(pod, config)).result, { code: 999, msg: message })
      t.match((await scene.del(pod, config)).result, { code: 999, msg: message })
      t.strictSame(scene.everything(pod), before)
      continue
    }
    t.equal((await scene.add(pod, config)).exitCode, 0, cniVersion)
    t.strictSame(addressesOf(pod, 'eth0'), ['10.1.2.2/24', 'fd00:1:3::2/64', 'fd00:1:2::2/64'])
    t.strictSame(addressesOf(scene.host, BRIDGE), ['10.1.2.1/24', 'fd00:1:3::1/64', 'fd00:1:2::1/64'])
    t.equal((await scene.del(pod, config)).exitCode, 0)
    t.strictSame(scene.leases(), [])
  }
})
