/** Cluster IPs: who answers, who is seen, and what happens when Services and their ports come and go. */
import { fails, reaches, refuses, seenAs } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService, TCP } from './service.ts'

export const basics: Cases = async (t, scene) => {
  const { a1, a2, a3, b1, b2, node1, node2, client } = scene

  await t.test('[e2e Services] should serve a basic endpoint from pods', async (t) => {
    const service = await makeService(scene, 'basic')
    const web = { address: service.vip, port: 80 }
    await refuses(t, a2.agent, web)
    await service.endpoints([a1])
    await reaches(t, a2.agent, web, ['a1'])
    await service.endpoints([a1, b1])
    for (const from of [a2.agent, b2.agent, node1.agent, node2.agent, client]) await reaches(t, from, web, ['a1', 'b1'])
    await service.endpoints([b1])
    await reaches(t, a2.agent, web, ['b1'])
    await service.endpoints([])
    await refuses(t, a2.agent, web)
  })

  await t.test('[e2e Services] should serve multiport endpoints from pods', async (t) => {
    const ports = [TCP, { name: 'other', protocol: 'TCP', port: 81, targetPort: 8081 }]
    const service = await makeService(scene, 'multiport', { spec: { ports } })
    const [first, second] = [
      { address: service.vip, port: 80 },
      { address: service.vip, port: 81 },
    ]
    await service.slice('one', [{ name: 'tcp', protocol: 'TCP', port: 8080 }], [a1])
    await service.slice('other', [{ name: 'other', protocol: 'TCP', port: 8081 }], [b1])
    await reaches(t, a2.agent, first, ['a1'])
    await reaches(t, a2.agent, second, ['b1'])
    await service.slice('one', [{ name: 'tcp', protocol: 'TCP', port: 8080 }], [])
    await refuses(t, a2.agent, first)
    await reaches(t, a2.agent, second, ['b1'])
  })

  await t.test('[e2e Services] should be updated after adding or deleting ports', async (t) => {
    const service = await makeService(scene, 'ports', { endpoints: [b1] })
    const at = (port: number) => ({ address: service.vip, port })
    await reaches(t, a1.agent, at(80), ['b1'])
    await service.patch({ spec: { ports: [TCP, { name: 'other', protocol: 'TCP', port: 81, targetPort: 8081 }] } }, 'merge')
    await service.endpoints([b1])
    await reaches(t, a1.agent, at(81), ['b1'])
    await reaches(t, a1.agent, at(80), ['b1'])
    await service.patch({ spec: { ports: [{ name: 'other', protocol: 'TCP', port: 81, targetPort: 8081 }] } }, 'merge')
    await service.endpoints([b1])
    await refuses(t, a1.agent, at(80))
    await reaches(t, a1.agent, at(81), ['b1'])
  })

  await t.test('[e2e Services] should preserve source pod IP for traffic thru service cluster IP', async (t) => {
    const service = await makeService(scene, 'source', { endpoints: [b1] })
    const web = { address: service.vip, port: 80 }
    for (const pod of [a1, b2]) await seenAs(t, pod.agent, web, pod.address)
  })

  await t.test('[e2e Services] should allow pods to hairpin back to themselves through services', async (t) => {
    const service = await makeService(scene, 'hairpin', { spec: { ports: [TCP] }, endpoints: [a1] })
    const web = { address: service.vip, port: 80 }
    const [answer] = await reaches(t, a1.agent, web, ['a1'])
    t.match(answer, { client: node1.gateway }, 'and is seen as its node')
    await seenAs(t, a2.agent, web, a2.address)
  })

  await t.test('[e2e Services] should be able to up and down services', async (t) => {
    const up = async (name: string) => {
      const service = await makeService(scene, name, { endpoints: [a1, b1] })
      return { service, web: { address: service.vip, port: 80 } }
    }
    const [one, two] = [await up('up-1'), await up('up-2')]
    for (const { web } of [one, two]) await reaches(t, a3.agent, web, ['a1', 'b1'])
    await one.service.remove()
    await fails(t, a3.agent, one.web)
    await reaches(t, a3.agent, two.web, ['a1', 'b1'])
    const three = await up('up-3')
    for (const { web } of [two, three]) await reaches(t, a3.agent, web, ['a1', 'b1'])
  })

  await t.test('[e2e Services] should work after the service has been recreated', async (t) => {
    const before = await makeService(scene, 'recreated', { endpoints: [a1, b1] })
    const web = { address: before.vip, port: 80 }
    await reaches(t, b2.agent, web, ['a1', 'b1'])
    await before.remove()
    await fails(t, b2.agent, web)
    const after = await makeService(scene, 'recreated', { spec: { clusterIP: before.vip }, endpoints: [a1, b1] })
    t.equal(after.vip, before.vip)
    for (const from of [b2.agent, a2.agent]) await reaches(t, from, web, ['a1', 'b1'])
  })
}

export const rejected: Cases = async (t, scene) => {
  const { a1, a2, b1, node1, client } = scene
  const gone = { ready: false, serving: false, terminating: true }
  const cases = [
    { title: 'should be rejected when no endpoints exist', endpoints: [] },
    { title: 'should be rejected for evicted pods (no endpoints exist)', endpoints: [{ pod: b1, conditions: gone }] },
  ]
  for (const [index, { title, endpoints }] of cases.entries()) {
    await t.test(`[e2e Services] ${title}`, async (t) => {
      const service = await makeService(scene, `rejected-${index}`, { spec: { type: 'NodePort' }, endpoints })
      const web = { address: service.vip, port: 80 }
      for (const from of [a2.agent, node1.agent, client]) await refuses(t, from, web)
      for (const from of [a2.agent, client]) await refuses(t, from, { address: node1.address, port: service.nodePort() })
      await service.endpoints([a1])
      await reaches(t, a2.agent, web, ['a1'])
    })
  }
}

export const slices: Cases = async (t, scene) => {
  const { a1, a2, b1 } = scene

  await t.test(
    '[e2e EndpointSlice] should support a Service with multiple endpoint IPs specified in multiple EndpointSlices',
    async (t) => {
      const service = await makeService(scene, 'slices')
      for (const [suffix, pod] of [
        ['one', a1],
        ['other', b1],
      ] as const) {
        await service.slice(suffix, [{ name: 'tcp', protocol: 'TCP', port: 8080 }], [pod])
      }
      await reaches(t, a2.agent, { address: service.vip, port: 80 }, ['a1', 'b1'])
    },
  )

  await t.test('[e2e EndpointSlice] should support a Service with multiple ports specified in multiple EndpointSlices', async (t) => {
    const ports = [TCP, { name: 'other', protocol: 'TCP', port: 81, targetPort: 8081 }]
    const service = await makeService(scene, 'slice-ports', { spec: { ports } })
    await service.slice('one', [{ name: 'tcp', protocol: 'TCP', port: 8080 }], [a1, b1])
    await service.slice('other', [{ name: 'other', protocol: 'TCP', port: 8081 }], [a1, b1])
    for (const port of [80, 81]) await reaches(t, a2.agent, { address: service.vip, port }, ['a1', 'b1'])
  })
}
