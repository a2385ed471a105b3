/** Services that are another proxy's, or nobody's, from the moment that a label says so. */
import { fails, reaches } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService } from './service.ts'

const LABELS = [
  { label: 'service.kubernetes.io/service-proxy-name', value: 'foo-bar' },
  { label: 'service.kubernetes.io/headless', value: '' },
]

export const labels: Cases = async (t, scene) => {
  const { a1, a2, b1, node1 } = scene
  for (const { label, value } of LABELS) {
    await t.test(`[e2e Services] should implement ${label}`, async (t) => {
      const name = label.replace(/.*\//, '')
      const other = await makeService(scene, `${name}-never`, { labels: { [label]: value }, endpoints: [a1, b1] })
      const service = await makeService(scene, name, { endpoints: [a1, b1] })
      const web = { address: service.vip, port: 80 }
      await reaches(t, a2.agent, web, ['a1', 'b1'])
      await fails(t, a2.agent, { address: other.vip, port: 80 })
      await service.patch({ metadata: { labels: { [label]: value } } })
      for (const from of [a2.agent, node1.agent]) await fails(t, from, web)
      await service.patch({ metadata: { labels: { [label]: null } } }, 'merge')
      for (const from of [a2.agent, node1.agent]) await reaches(t, from, web, ['a1', 'b1'])
      await fails(t, a2.agent, { address: other.vip, port: 80 })
    })
  }
}
