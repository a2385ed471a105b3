/** Services that change their type. */
import { fails, reaches } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService } from './service.ts'

/** What the API server does to a Service that becomes a name. */
const NAMED = { type: 'ExternalName', externalName: 'foo.example.com', clusterIP: null, clusterIPs: null, ipFamilies: null }
const NAME = { type: 'ExternalName', externalName: 'foo.example.com' }

export const types: Cases = async (t, scene) => {
  const { a1, a2, b1, node1, node2, client } = scene

  for (const type of ['ClusterIP', 'NodePort'] as const) {
    await t.test(`[e2e Services] should be able to change the type from ExternalName to ${type}`, async (t) => {
      const service = await makeService(scene, `from-name-${type.toLowerCase()}`, { spec: NAME, endpoints: [a1, b1] })
      t.equal(service.vip, '')
      await service.patch({ spec: { type, externalName: null } }, 'merge')
      for (const from of [a2.agent, client]) await reaches(t, from, { address: service.vip, port: 80 }, ['a1', 'b1'])
      if (type === 'ClusterIP') return
      for (const { address } of [node1, node2]) await reaches(t, client, { address, port: service.nodePort() }, ['a1', 'b1'])
    })

    await t.test(`[e2e Services] should be able to change the type from ${type} to ExternalName`, async (t) => {
      const service = await makeService(scene, `to-name-${type.toLowerCase()}`, { spec: { type }, endpoints: [a1, b1] })
      const places = [
        { address: service.vip, port: 80 },
        ...(type === 'NodePort' ? [node1, node2].map(({ address }) => ({ address, port: service.nodePort() })) : []),
      ]
      for (const place of places) await reaches(t, a2.agent, place, ['a1', 'b1'])
      await service.patch({ spec: NAMED }, 'merge')
      for (const place of places) await fails(t, a2.agent, place)
    })
  }
}
