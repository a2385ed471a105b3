import t from 'tap'
import { buildExecutables, plugin } from '../plugin.ts'
import { added, deleted, perVersion, RICH_VERSIONS, V4, V6 } from './bridge-versions.ts'

t.before(buildExecutables)

for (const [number, title, subnets] of [
  [51, 'IPv4', [V4]],
  [52, 'IPv6', [V6]],
  [53, 'both families', [V4, V6]],
] as const) {
  perVersion(t, {
    title: `[bridge ${number}] ${title}: CHECK finds what ADD made, until it changes; DEL removes it`,
    versions: RICH_VERSIONS,
    run: async (t, scene) => {
      const { pod, cniVersion } = scene
      const config = { cniVersion, isDefaultGateway: true, ipam: scene.ipam(subnets) }
      const prevResult = await added(scene, config)
      const call = { host: scene.host.name, netns: pod.path, containerId: pod.name, config: scene.config({ ...config, prevResult }) }
      const { exitCode, stdout, result } = await plugin('bridge').check(call)
      if (cniVersion < '0.4.0') t.match(result, { code: 1, msg: 'config version does not allow CHECK' })
      else t.strictSame([exitCode, stdout], [0, ''])
      await deleted(t, scene, config)
      if (cniVersion < '0.4.0') return
      const gone = await plugin('bridge').check(call)
      t.match(gone.result, { code: 999, msg: `host-local: Failed to find address added by container ${pod.name}` })
    },
  })
}
