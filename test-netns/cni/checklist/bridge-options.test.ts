import t from 'tap'
import { link } from '../../rig/witness-ip.ts'
import { BRIDGE, failureOf } from '../bridge-scene.ts'
import { buildExecutables } from '../plugin.ts'
import { added, bridgeAndPort, deleted, eth0, perVersion, RICH_VERSIONS, V4 } from './bridge-versions.ts'

t.before(buildExecutables)

const CNI_MAC = '02:00:00:00:00:01'
const ARGS_MAC = '02:00:00:00:00:02'
const RUNTIME_MAC = '02:00:00:00:00:03'

for (const [title, fields, expected] of [
  ['[bridge 44] the hardware address of CNI_ARGS is the interface’s', { portIsolation: true }, CNI_MAC],
  ['[bridge 45] args.cni.mac beats CNI_ARGS', { portIsolation: false, args: { cni: { mac: ARGS_MAC } } }, ARGS_MAC],
  [
    '[bridge 46] runtimeConfig.mac beats both',
    { portIsolation: false, args: { cni: { mac: ARGS_MAC } }, capabilities: { mac: true }, RuntimeConfig: { mac: RUNTIME_MAC } },
    RUNTIME_MAC,
  ],
] as const) {
  perVersion(t, {
    title,
    run: async (t, scene) => {
      const config = { ...fields, cniVersion: scene.cniVersion, ipam: scene.ipam([V4]) }
      const { exitCode, result } = await scene.add(scene.pod, config, { args: `IgnoreUnknown=1;MAC=${CNI_MAC}` })
      t.strictSame([exitCode, eth0(scene.pod).address], [0, expected])
      const { isolated } = bridgeAndPort(scene).port.linkinfo?.info_slave_data ?? {}
      if (fields.portIsolation) t.equal(isolated, true, '[bridge 58] portIsolation isolates the port')
      if (scene.cniVersion >= '0.3.0') t.match(result, { interfaces: [{}, {}, { mac: expected }] })
      await deleted(t, scene, config)
    },
  })
}

perVersion(t, {
  title: '[bridge 47] an ADD that fails after IPAM gives the lease back, and leaves nothing else',
  run: async (t, scene) => {
    const { pod, cniVersion } = scene
    const before = scene.everything(pod)
    const ipam = scene.ipam([V4], { routes: [{ dst: '10.8.0.0/16', gw: '10.77.0.1' }] })
    t.strictSame(failureOf(await scene.add(pod, { cniVersion, isDefaultGateway: true, ipam })), {
      exitCode: 1,
      code: 999,
      msg: "failed to add route '{10.8.0.0 ffff0000} via 10.77.0.1 dev eth0 metric 0 (Scope: universe, Table: 0)': network is unreachable",
    })
    t.strictSame(scene.leases(), [])
    t.strictSame(scene.everything(pod), before)
  },
})

perVersion(t, {
  title: '[bridge 55] IPAM with disableContainerInterface is refused before anything is made',
  run: async (t, { pod, cniVersion, ...scene }) => {
    const failed = await scene.add(pod, { cniVersion, disableContainerInterface: true, ipam: scene.ipam([V4]) })
    t.strictSame(failureOf(failed), { exitCode: 1, code: 999, msg: 'cannot use IPAM when DisableContainerInterface flag is set' })
    t.notOk(link(scene.host, BRIDGE))
  },
})

// Versions before 0.3.0 cannot tell a result without an address: [bridge 21].
perVersion(t, {
  title: '[bridge 56] disableContainerInterface leaves the interface down and without an address',
  versions: RICH_VERSIONS,
  run: async (t, scene) => {
    const config = { disableContainerInterface: true }
    await added(scene, config)
    t.notOk(eth0(scene.pod).flags.includes('UP'))
    t.equal(scene.pod.exec('ip', '-6', 'address', 'show', 'dev', 'eth0'), '')
    await deleted(t, scene, config)
  },
})
