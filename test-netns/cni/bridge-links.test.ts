import t from 'tap'
import { requires } from '../rig/requires.ts'
import { bridgePorts, link, links } from '../rig/witness-ip.ts'
import { addressesOf, BRIDGE, failureOf, makeBridgeScene, resultOf, VERSIONS } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const V4 = ['10.1.2.0/24']
const CNI_MAC = '02:00:00:00:00:01'
const ARGS_MAC = '02:00:00:00:00:02'
const RUNTIME_MAC = '02:00:00:00:00:03'

t.test(
  '[bridge 21] layer 2: a port and an interface that is up, no addresses; versions before 0.3.0 are refused',
  requires('root'),
  async (t) => {
    for (const cniVersion of VERSIONS) {
      const scene = makeBridgeScene(t)
      const pod = scene.makePod()
      const before = scene.everything(pod)
      const added = await scene.add(pod, { cniVersion })
      if (cniVersion < '0.3.0') {
        t.strictSame(failureOf(added), { exitCode: 1, code: 999, msg: 'cannot convert: no valid IP addresses' })
        t.strictSame(scene.everything(pod), before, 'where the reference leaves bridge and pair')
        continue
      }
      const { interfaces, ips, routes } = resultOf(added)
      t.strictSame([interfaces.length, ips, routes, addressesOf(pod, 'eth0')], [3, undefined, undefined, []])
      t.ok(link(pod, 'eth0')?.flags.includes('UP'))
      t.equal(interfaces[0]?.mac, interfaces[1]?.mac, 'a bridge without an address has that of its port')
      t.equal((await scene.del(pod, { cniVersion })).exitCode, 0)
      t.strictSame([links(scene.host).length, links(pod).length], [2, 1])
    }
  },
)

t.test('hairpin mode and isolation are written as the config says', requires('root'), async (t) => {
  const flags = async (fields: object): Promise<unknown> => {
    const scene = makeBridgeScene(t)
    resultOf(await scene.add(scene.makePod(), fields))
    return bridgePorts(scene.host).map(({ hairpin, isolated }) => ({ hairpin, isolated }))
  }
  t.strictSame(await flags({ hairpinMode: true }), [{ hairpin: true, isolated: false }])
  t.strictSame(await flags({}), [{ hairpin: false, isolated: false }], '[bridge 57] isolation off')
  t.strictSame(await flags({ portIsolation: true }), [{ hairpin: false, isolated: true }], '[bridge 58] isolation on')
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

t.test('[bridge 41] promiscMode makes the bridge promiscuous, also one that is there', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  resultOf(await scene.add(scene.makePod(), { promiscMode: true }))
  t.equal(link(scene.host, BRIDGE)?.promiscuity, 1)
  scene.host.exec('ip', 'link', 'set', BRIDGE, 'promisc', 'off')
  resultOf(await scene.add(scene.makePod(), { promiscMode: true }))
  t.equal(link(scene.host, BRIDGE)?.promiscuity, 1)
  t.ok(link(scene.host, BRIDGE)?.flags.includes('PROMISC'))
})

for (const [title, fields, expected] of [
  ['[bridge 44] the hardware address of CNI_ARGS is the interface’s', {}, CNI_MAC],
  ['[bridge 45] args.cni.mac beats CNI_ARGS', { args: { cni: { mac: ARGS_MAC } } }, ARGS_MAC],
  [
    '[bridge 46] runtimeConfig.mac beats both',
    { args: { cni: { mac: ARGS_MAC } }, capabilities: { mac: true }, RuntimeConfig: { mac: RUNTIME_MAC } },
    RUNTIME_MAC,
  ],
] as const) {
  t.test(title, requires('root'), async (t) => {
    const scene = makeBridgeScene(t)
    const pod = scene.makePod()
    const config = { ...fields, ipam: scene.ipam(V4) }
    const { interfaces } = resultOf(await scene.add(pod, config, { args: `IgnoreUnknown=1;MAC=${CNI_MAC}` }))
    t.strictSame([interfaces[2]?.mac, link(pod, 'eth0')?.address], [expected, expected])
  })
}

t.test('[bridge 55] IPAM with disableContainerInterface is refused before anything is made', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const before = scene.everything(pod)
  const failed = await scene.add(pod, { disableContainerInterface: true, ipam: scene.ipam(V4) })
  t.strictSame(failureOf(failed), { exitCode: 1, code: 999, msg: 'cannot use IPAM when DisableContainerInterface flag is set' })
  t.strictSame(scene.everything(pod), before)
})

t.test('[bridge 56] disableContainerInterface leaves the interface down and without an address', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  resultOf(await scene.add(pod, { disableContainerInterface: true }))
  t.notOk(link(pod, 'eth0')?.flags.includes('UP'))
  t.equal(pod.exec('ip', '-6', 'address', 'show', 'dev', 'eth0'), '')
})

t.test('what is not supported is refused by name before anything is made', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const before = scene.everything(pod)
  for (const [fields, named] of [
    [{ vlan: 100 }, 'vlan = 100'],
    [{ vlanTrunk: [{ id: 5 }] }, 'vlanTrunk = [5]'],
    [{ macspoofchk: true }, 'macspoofchk = true'],
    [{ ipMasq: true }, 'ipMasq = true'],
  ] as const) {
    const failed = await scene.add(pod, { ...fields, ipam: scene.ipam(V4) })
    t.strictSame(failureOf(failed), { exitCode: 1, code: 2, msg: `unsupported field: ${named}` })
    t.equal((await scene.del(pod, { ...fields, ipam: scene.ipam(V4) })).exitCode, 0, 'and DEL cleans up all the same')
  }
  t.strictSame(scene.everything(pod), before)
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
