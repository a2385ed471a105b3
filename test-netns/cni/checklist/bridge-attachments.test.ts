import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { link, links, routes, routes6 } from '../../rig/witness-ip.ts'
import { addressesOf, BRIDGE, failureOf } from '../bridge-scene.ts'
import { buildExecutables } from '../plugin.ts'
import { added, bridgeAndPort, deleted, EVERY_VERSION, eth0, OTHER_V6, perVersion, V4, V6 } from './bridge-versions.ts'

t.before(buildExecutables)

perVersion(t, {
  title: '[bridge 14] the bridge is made, up and not promiscuous, with a port that is up',
  run: async (t, scene) => {
    const { pod, cniVersion } = scene
    const resolvConf = join(t.testdir(), 'resolv.conf')
    writeFileSync(resolvConf, 'nameserver 192.0.2.53\n')
    const config = { ipam: scene.ipam([V4], { resolvConf }) }
    const { interfaces, dns } = await added(scene, config)
    t.strictSame(dns, { nameservers: ['192.0.2.53'] }, '[bridge 20] a name server of resolvConf is in the result')
    const { bridge, port } = bridgeAndPort(scene)
    t.match(bridge, { linkinfo: { info_kind: 'bridge' }, promiscuity: 0, operstate: 'UP' })
    t.match(port, { operstate: 'UP', linkinfo: { info_kind: 'veth' }, ifname: /^veth[0-9a-f]{8}$/ })
    t.equal(port.linkinfo?.info_slave_data?.isolated, false, '[bridge 57] without portIsolation a port is not isolated')
    t.strictSame([links(scene.host).length, links(pod).map(({ ifname }) => ifname)], [3, ['lo', 'eth0']])
    if (cniVersion >= '0.3.0') {
      t.strictSame(interfaces, [
        { mac: bridge.address, name: BRIDGE },
        { mac: port.address, name: port.ifname },
        { mac: eth0(pod).address, name: 'eth0', sandbox: pod.path },
      ])
    }
    await deleted(t, scene, config)
  },
})

perVersion(t, {
  title: '[bridge 15] an existing bridge is reused as it is',
  run: async (t, scene) => {
    const mac = '02:00:00:00:00:77'
    scene.host.ip(`link add ${BRIDGE} address ${mac} type bridge`, `link set ${BRIDGE} mtu 1300`)
    const before = link(scene.host, BRIDGE)
    const config = { mtu: 1400, ipam: scene.ipam([V4]) }
    await added(scene, config)
    const { bridge } = bridgeAndPort(scene)
    t.strictSame([bridge.ifindex, bridge.mtu, bridge.address], [before?.ifindex, 1300, mac])
    t.ok(bridge.flags.includes('UP'), 'it is raised')
    await deleted(t, scene, config)
  },
})

for (const [number, title, subnets, gateways] of [
  [16, 'IPv4', [V4], ['10.1.2.1']],
  [17, 'IPv6', [V6], ['fd00:1:2::1']],
  [18, 'both families', [V4, V6], ['10.1.2.1', 'fd00:1:2::1']],
] as const) {
  perVersion(t, {
    title: `[bridge ${number}] [bridge ${number + 18}] ${title}: addresses, default route, gateway on the bridge; DEL removes`,
    run: async (t, scene) => {
      const { pod, host } = scene
      const config = { isDefaultGateway: true, ipam: scene.ipam(subnets, { dataDir: t.testdir() }) }
      await added(scene, config)
      const lengths = subnets.map((subnet) => subnet.replace(/.*\//, '/'))
      const held = (last: string): string[] => gateways.map((gateway, index) => gateway.replace(/1$/, last) + lengths[index])
      t.strictSame([addressesOf(pod, 'eth0'), addressesOf(host, BRIDGE)], [held('2'), held('1')], 'of pod and bridge')
      const defaults = [...routes(pod), ...routes6(pod)].filter(({ dst }) => dst === 'default')
      t.strictSame(
        defaults.map(({ gateway, prefsrc, dev }) => [gateway, prefsrc, dev]),
        gateways.map((gateway) => [gateway, undefined, 'eth0']),
      )
      const { bridge, port } = bridgeAndPort(scene)
      t.match([bridge.address, port.address, eth0(pod).address], [/^.{17}$/, /^.{17}$/, /^.{17}$/])
      t.not(bridge.address, port.address, 'a bridge with an address keeps a hardware address of its own')
      await deleted(t, scene, config)
      t.strictSame(
        links(pod).map(({ ifname }) => ifname),
        ['lo'],
      )
    },
  })
}

perVersion(t, {
  title: '[bridge 19] one IPv4 and two IPv6 addresses; versions before 0.3.0 refuse ADD and DEL',
  run: async (t, scene) => {
    const { pod, cniVersion } = scene
    const config = { cniVersion, isDefaultGateway: true, ipam: scene.ipam([V4, V6, OTHER_V6], { dataDir: t.testdir() }) }
    if (cniVersion < '0.3.0') {
      const expected = { exitCode: 1, code: 999, msg: `CNI version ${cniVersion} does not support more than 1 address per family` }
      t.strictSame(failureOf(await scene.add(pod, config)), expected)
      t.strictSame(failureOf(await scene.del(pod, config)), expected)
      return
    }
    await added(scene, config)
    t.strictSame(addressesOf(pod, 'eth0').toSorted(), ['10.1.2.2/24', 'fd00:1:2::2/64', 'fd00:1:3::2/64'])
    t.strictSame(addressesOf(scene.host, BRIDGE).toSorted(), ['10.1.2.1/24', 'fd00:1:2::1/64', 'fd00:1:3::1/64'])
    await deleted(t, scene, config)
  },
})

perVersion(t, {
  title: '[bridge 21] layer 2: a port and an interface that is up, no addresses; versions before 0.3.0 cannot tell the result',
  run: async (t, scene) => {
    const { pod, cniVersion } = scene
    if (cniVersion < '0.3.0') {
      const failed = await scene.add(pod, { cniVersion })
      t.strictSame(failureOf(failed), { exitCode: 1, code: 999, msg: 'cannot convert: no valid IP addresses' })
      t.notOk(link(scene.host, BRIDGE), 'where the reference leaves bridge and pair')
      return
    }
    const { interfaces, ips, routes } = await added(scene, {})
    t.strictSame([interfaces.length, ips, routes, addressesOf(pod, 'eth0')], [3, undefined, undefined, []])
    t.ok(eth0(pod).flags.includes('UP'))
    t.equal(interfaces[0]?.mac, interfaces[1]?.mac, 'a bridge without an address has that of its port')
    await deleted(t, scene, {})
    t.strictSame([links(scene.host).length, links(pod).length], [2, 1])
  },
})

perVersion(t, {
  title: '[bridge 37] DEL of what was never added succeeds',
  versions: EVERY_VERSION,
  run: (t, scene) => deleted(t, scene, { isDefaultGateway: true, ipMasq: true, macspoofchk: true, ipam: scene.ipam([V4]) }),
})
