import t from 'tap'
import { requires } from '../rig/requires.ts'
import { link, links } from '../rig/witness-ip.ts'
import { BRIDGE, makeBridgeScene, resultOf, VERSIONS } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const V4 = ['10.1.2.0/24']
const V6 = ['fd00:1:2::/64']

t.test('[bridge 14] the bridge is made, up and not promiscuous, with a port that is up', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const { interfaces } = resultOf(await scene.add(pod, { ipam: scene.ipam(V4) }))
  const bridge = link(scene.host, BRIDGE)
  const port = links(scene.host).find(({ master }) => master === BRIDGE)
  t.match(bridge, { linkinfo: { info_kind: 'bridge' }, promiscuity: 0, operstate: 'UP' })
  t.match(port, { operstate: 'UP', linkinfo: { info_kind: 'veth' } })
  t.match(port?.ifname, /^veth[0-9a-f]{8}$/)
  t.strictSame(interfaces, [
    { mac: bridge?.address, name: BRIDGE },
    { mac: port?.address, name: port?.ifname },
    { mac: link(pod, 'eth0')?.address, name: 'eth0', sandbox: pod.path },
  ])
  t.equal(links(scene.host).length, 3)
  t.strictSame(
    links(pod).map(({ ifname }) => ifname),
    ['lo', 'eth0'],
  )
})

t.test('[bridge 15] an existing bridge is reused as it is', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const mac = '02:00:00:00:00:77'
  scene.host.exec('ip', 'link', 'add', BRIDGE, 'address', mac, 'type', 'bridge')
  // Set at creation, an MTU would follow the ports'.
  scene.host.exec('ip', 'link', 'set', BRIDGE, 'mtu', '1300')
  const before = link(scene.host, BRIDGE)
  resultOf(await scene.add(scene.makePod(), { mtu: 1400 }))
  const after = link(scene.host, BRIDGE)
  t.strictSame([after?.ifindex, after?.mtu, after?.address], [before?.ifindex, 1300, mac])
  t.ok(after?.flags.includes('UP'), 'it is raised')
})

t.test('[bridge 37] DEL of what was never added succeeds', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const before = scene.everything(pod)
  for (const cniVersion of VERSIONS) {
    t.equal((await scene.del(pod, { cniVersion, isDefaultGateway: true, ipam: scene.ipam(V4) })).exitCode, 0, cniVersion)
  }
  t.strictSame(scene.everything(pod), before)
})

t.test('DEL without a namespace, and with one that is gone or no namespace, frees the lease', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  for (const netns of ['', '/run/netns/gone-for-good', '/etc/hostname']) {
    const pod = scene.makePod()
    const config = { isGateway: true, ipam: scene.ipam(V4) }
    resultOf(await scene.add(pod, config))
    t.equal(scene.leases().length, 1)
    const { exitCode, stdout } = await scene.del(pod, config, { netns })
    t.strictSame([exitCode, stdout, scene.leases()], [0, '', []], JSON.stringify(netns))
    pod.remove()
  }
})

for (const [number, subnets] of [
  [42, V4],
  [43, V6],
] as const) {
  t.test(`[bridge ${number}] the bridge keeps its hardware address while pods come and go: ${subnets}`, requires('root'), async (t) => {
    const scene = makeBridgeScene(t)
    const config = { isGateway: true, ipam: scene.ipam(subnets) }
    const pods = [scene.makePod(), scene.makePod(), scene.makePod()]
    const seen = new Set<string | undefined>()
    for (const pod of pods) {
      seen.add(resultOf(await scene.add(pod, config)).interfaces[0]?.mac)
      seen.add(link(scene.host, BRIDGE)?.address)
    }
    for (const pod of pods) {
      await scene.del(pod, config)
      seen.add(link(scene.host, BRIDGE)?.address)
    }
    t.equal(seen.size, 1)
  })
}
