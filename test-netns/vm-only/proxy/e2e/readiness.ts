/** Endpoints that are not ready, and Services that want them all the same. */
import { reaches, refuses } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService, UNREADY } from './service.ts'

/** As the control plane writes them for publishNotReadyAddresses: ready, whatever the pod says. */
const PUBLISHED = { ready: true, serving: false, terminating: false }
const PUBLISHED_TERMINATING = { ready: true, serving: false, terminating: true }
const GONE = { ready: false, serving: false, terminating: true }

export const readiness: Cases = async (t, scene) => {
  const { a1, a2, b1, b2, node1, node2, client } = scene

  await t.test('[e2e Services] should create endpoints for unready pods', async (t) => {
    const spec = { publishNotReadyAddresses: true }
    const service = await makeService(scene, 'unready', { spec, endpoints: [{ pod: b1, conditions: PUBLISHED }] })
    const web = { address: service.vip, port: 80 }
    await reaches(t, a1.agent, web, ['b1'])
    await service.patch({ spec: { publishNotReadyAddresses: false } })
    await service.endpoints([{ pod: b1, conditions: UNREADY }])
    await refuses(t, a1.agent, web)
    await service.patch({ spec: { publishNotReadyAddresses: true } })
    await service.endpoints([{ pod: b1, conditions: PUBLISHED }])
    await reaches(t, a1.agent, web, ['b1'])
    await service.endpoints([])
    await refuses(t, a1.agent, web)
  })

  for (const published of [true, false]) {
    const able = published ? 'should be able' : 'should not be able'
    const title = `${able} to connect to terminating and unready endpoints if PublishNotReadyAddresses is ${published}`
    await t.test(`[e2e Services] ${title}`, async (t) => {
      const service = await makeService(scene, `published-${published}`, {
        spec: { type: 'NodePort', publishNotReadyAddresses: published },
        endpoints: [
          { pod: a1, conditions: published ? PUBLISHED_TERMINATING : GONE },
          { pod: b1, conditions: published ? PUBLISHED : UNREADY },
        ],
      })
      const places = [{ address: service.vip, port: 80 }, ...[node1, node2].map(({ address }) => ({ address, port: service.nodePort() }))]
      for (const from of [a2.agent, b2.agent, client]) {
        for (const place of places) await (published ? reaches(t, from, place, ['a1', 'b1']) : refuses(t, from, place))
      }
    })
  }
}
