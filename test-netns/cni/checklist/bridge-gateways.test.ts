import t from 'tap'
import { link } from '../../rig/witness-ip.ts'
import { addressesOf, BRIDGE, failureOf } from '../bridge-scene.ts'
import { buildExecutables } from '../plugin.ts'
import { added, bridgeAndPort, deleted, OTHER_V6, perVersion, V4, V6 } from './bridge-versions.ts'

t.before(buildExecutables)

for (const [number, title, subnet, present, gateway] of [
  [38, 'another IPv4 address on the bridge', V4, '10.9.9.1/24', '10.1.2.1/24'],
  [39, 'an overlapping IPv6 address', V6, 'fd00:1::1/32', 'fd00:1:2::1/64'],
] as const) {
  perVersion(t, {
    title: `[bridge ${number}] ${title} is a conflict; forceAddress replaces it`,
    run: async (t, scene) => {
      const { pod, cniVersion } = scene
      scene.host.ip(`link add ${BRIDGE} type bridge`, `address add ${present} dev ${BRIDGE}`)
      const config = { isGateway: true, ipam: scene.ipam([subnet]) }
      const before = scene.everything(pod)
      const msg = `failed to set bridge addr: "br0" already has an IP address different from ${gateway}`
      t.strictSame(failureOf(await scene.add(pod, { ...config, cniVersion })), { exitCode: 1, code: 999, msg })
      t.strictSame(scene.everything(pod), before, 'nothing was changed')
      await added(scene, { ...config, forceAddress: true })
      t.strictSame(addressesOf(scene.host, BRIDGE), [gateway])
      await deleted(t, scene, config)
    },
  })
}

perVersion(t, {
  title: '[bridge 40] IPv6 addresses of disjoint networks coexist',
  run: async (t, scene) => {
    scene.host.ip(`link add ${BRIDGE} type bridge`, `address add fd00:1:3::1/64 dev ${BRIDGE}`)
    const config = { isGateway: true, ipam: scene.ipam([V6]) }
    await added(scene, config)
    t.strictSame(addressesOf(scene.host, BRIDGE).toSorted(), ['fd00:1:2::1/64', OTHER_V6.replace('/', '1/')])
    await deleted(t, scene, config)
  },
})

perVersion(t, {
  title: '[bridge 41] promiscMode makes the bridge promiscuous, also one that is there',
  run: async (t, scene) => {
    const config = { promiscMode: true, ipam: scene.ipam([V4]) }
    await added(scene, config)
    t.equal(link(scene.host, BRIDGE)?.promiscuity, 1)
    await deleted(t, scene, config)
    scene.host.ip(`link set ${BRIDGE} promisc off`)
    await added(scene, config)
    t.match(bridgeAndPort(scene).bridge, { promiscuity: 1, flags: /PROMISC/ })
    await deleted(t, scene, config)
  },
})

for (const [number, subnet] of [
  [42, V4],
  [43, V6],
] as const) {
  perVersion(t, {
    title: `[bridge ${number}] the bridge keeps its hardware address while pods come and go: ${subnet}`,
    run: async (t, scene) => {
      const config = { cniVersion: scene.cniVersion, isGateway: true, ipam: scene.ipam([subnet]) }
      const macs = new Set<string | undefined>()
      const see = (): unknown => macs.add(link(scene.host, BRIDGE)?.address)
      await added(scene, config)
      see()
      const second = await scene.add(scene.pod, config, { ifname: 'eth1', containerId: 'second' })
      see()
      t.equal(second.exitCode, 0)
      t.equal((await scene.del(scene.pod, config, { ifname: 'eth1', containerId: 'second' })).exitCode, 0)
      see()
      await deleted(t, scene, config)
      see()
      t.equal(macs.size, 1)
    },
  })
}
