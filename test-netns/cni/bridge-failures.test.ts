import t from 'tap'
import { requires } from '../rig/requires.ts'
import { bridgePorts, routes, routes6 } from '../rig/witness-ip.ts'
import { failureOf, makeBridgeScene, resultOf } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const V4 = ['10.1.2.0/24']

t.test('an ADD that fails leaves nothing, wherever it fails', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const before = scene.everything(pod)
  const ipam = scene.ipam(V4)
  const badRoute = scene.ipam(V4, { routes: [{ dst: '10.8.0.0/16', gw: '10.77.0.1' }] })
  for (const [fields, message] of [
    [
      { ipam: badRoute, isDefaultGateway: true },
      "failed to add route '{10.8.0.0 ffff0000} via 10.77.0.1 dev eth0 metric 0 (Scope: universe, Table: 0)': network is unreachable",
    ],
    [{ ipam: { type: 'nope' } }, /^failed to find plugin "nope" in path \[.*\]$/],
    [{ ipam, mtu: 70000 }, 'failed to create bridge "br0": could not add "br0": invalid argument'],
    [{ ipam, mtu: 12 }, 'failed to create bridge "br0": could not add "br0": invalid argument'],
    [{ ipam, args: { cni: { mac: '01:00:5e:00:00:01' } } }, 'failed to make veth pair: cannot assign requested address'],
    [
      { ipam: scene.ipam([...V4, '10.1.3.0/24']), isGateway: true },
      /^failed to set bridge addr: "br0" already has an IP address different from 10\.1\.3\.1/,
    ],
    [{ ipam, bridge: 'lo' }, 'failed to create bridge "lo": "lo" already exists but is not a bridge'],
    [{ ipam, bridge: 'all' }, 'failed to create bridge "all": could not add "all": invalid argument'],
    [{ ipam, bridge: '../../x' }, 'failed to create bridge "../../x": could not add "../../x": invalid argument'],
    [
      { ipam, bridge: 'a-name-of-16-byt' },
      'failed to create bridge "a-name-of-16-byt": could not add "a-name-of-16-byt": numerical result out of range',
    ],
  ] as const) {
    t.match(failureOf(await scene.add(pod, fields)), { exitCode: 1, code: 999, msg: message })
    t.strictSame(scene.everything(pod), before, String(message))
  }
})

t.test('an interface name that no device can have leaves nothing', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const before = scene.everything(pod)
  for (const ifname of ['eth%d', 'all', 'default']) {
    const failed = await scene.add(pod, { ipam: scene.ipam(V4) }, { ifname })
    t.strictSame(failureOf(failed), { exitCode: 1, code: 999, msg: 'failed to make veth pair: invalid argument' }, ifname)
    t.strictSame(scene.everything(pod), before)
  }
})

t.test('an interface that exists already is left alone', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const config = { isGateway: true, ipam: scene.ipam(V4) }
  resultOf(await scene.add(pod, config))
  const before = scene.everything(pod)
  const { msg } = failureOf(await scene.add(pod, config, { containerId: 'another' })) as { msg: string }
  t.match(msg, /^container veth name \("eth0"\) peer provided \("veth[0-9a-f]{8}"\) already exists$/)
  t.strictSame(scene.everything(pod), before)
})

t.test('an exhausted range leaves the last pod without a trace, the others untouched', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const config = { isGateway: true, ipam: scene.ipam(['10.9.9.0/30']) }
  resultOf(await scene.add(scene.makePod(), config))
  const pod = scene.makePod()
  const before = scene.everything(pod)
  t.strictSame(failureOf(await scene.add(pod, config)), {
    exitCode: 1,
    code: 999,
    msg: 'failed to allocate for range 0: no IP addresses available in range set: 10.9.9.1-10.9.9.2',
  })
  t.strictSame(scene.everything(pod), before)
  t.equal(bridgePorts(scene.host).length, 1)
})

t.test('a bridge with another port survives an ADD that fails', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  resultOf(await scene.add(scene.makePod(), {}))
  const pod = scene.makePod()
  const before = scene.everything(pod)
  const ipam = scene.ipam(V4, { routes: [{ dst: '10.8.0.0/16', gw: '10.77.0.1' }] })
  t.equal((await scene.add(pod, { ipam })).exitCode, 1)
  t.strictSame(scene.everything(pod), before)
})

t.test('a default route of IPAM without a gateway is completed, where the reference fails with EEXIST', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const ipam = scene.ipam(['10.1.2.0/24', 'fd00:1:2::/64'], { routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }] })
  const result = resultOf(await scene.add(pod, { isDefaultGateway: true, ipam }))
  t.strictSame(result.routes, [
    { dst: '0.0.0.0/0', gw: '10.1.2.1' },
    { dst: '::/0', gw: 'fd00:1:2::1' },
  ])
  const gateways = [...routes(pod), ...routes6(pod)].filter(({ dst }) => dst === 'default').map(({ gateway }) => gateway)
  t.strictSame(gateways, ['10.1.2.1', 'fd00:1:2::1'])
})

t.test('metric, table and scope of a route are the kernel’s', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const ipam = scene.ipam(V4, {
    routes: [
      { dst: '10.8.0.0/16', priority: 7, table: 1000 },
      { dst: '10.9.0.0/16', gw: '10.1.2.9' },
    ],
  })
  resultOf(await scene.add(pod, { isGateway: true, ipam }))
  t.match(routes(pod, '1000'), [{ dst: '10.8.0.0/16', gateway: '10.1.2.1', metric: 7, protocol: 'boot' }])
  t.match(
    routes(pod).find(({ dst }) => dst === '10.9.0.0/16'),
    { gateway: '10.1.2.9', protocol: 'boot', scope: 'global' },
  )
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
