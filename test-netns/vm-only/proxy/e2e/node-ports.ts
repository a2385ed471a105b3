/** NodePorts. */
import { fails, reaches, refuses } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService, TCP, UDP } from './service.ts'

export const nodePorts: Cases = async (t, scene) => {
  const { a1, a2, b1, b2, node1, node2, client } = scene
  const nodes = [node1, node2]

  await t.test('[e2e Services] should be able to create a functioning NodePort service', async (t) => {
    const service = await makeService(scene, 'nodeport', { spec: { type: 'NodePort' }, endpoints: [a1, b1] })
    const port = service.nodePort()
    await reaches(t, a2.agent, { address: service.vip, port: 80 }, ['a1', 'b1'])
    for (const { address } of nodes) {
      for (const from of [a2.agent, b2.agent, node1.agent, client]) await reaches(t, from, { address, port }, ['a1', 'b1'])
    }
    await refuses(t, client, { address: service.vip, port })
  })

  await t.test(
    '[e2e Services] should be able to update service type to NodePort listening on same port number but different protocols',
    async (t) => {
      const service = await makeService(scene, 'both-protocols', { endpoints: [a1, b1] })
      await reaches(t, a2.agent, { address: service.vip, port: 80 }, ['a1', 'b1'])
      await service.patch({ spec: { type: 'NodePort', ports: [TCP, UDP] } }, 'merge')
      await service.endpoints([a1, b1])
      for (const protocol of ['tcp', 'udp'] as const) {
        await reaches(t, a2.agent, { protocol, address: service.vip, port: 80 }, ['a1', 'b1'])
        for (const { address } of nodes) await reaches(t, client, { protocol, address, port: service.nodePort(protocol) }, ['a1', 'b1'])
      }
    },
  )

  await t.test('[e2e Services] should release NodePorts on delete', async (t) => {
    const service = await makeService(scene, 'released', { spec: { type: 'NodePort' }, endpoints: [b1] })
    const place = { address: node1.address, port: service.nodePort() }
    await reaches(t, client, place, ['b1'])
    await service.remove()
    await fails(t, client, place)
    await node1.agent.serve([place.port])
    await reaches(t, client, place, ['node1'])
    await node1.agent.close(place.port)
    await refuses(t, client, place)
  })
}
