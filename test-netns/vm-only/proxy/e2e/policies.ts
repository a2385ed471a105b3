/** Traffic policies, and the fallback to endpoints that terminate. */
import type { Test } from 'tap'
import { CLIENT_ADDRESS } from '../../../rig/underlay.ts'
import { drops, reaches, seenAs, untilSo } from './expect.ts'
import type { SceneNode } from './nodes.ts'
import type { Cases, Scene } from './scene.ts'
import { type EndpointParts, makeService, TERMINATING } from './service.ts'

const LOCAL = { internalTrafficPolicy: 'Local' }
/** A port of servers that use their node's network. */
export const HOST_PORT = 8090

/** The endpoint of a pod with hostNetwork. */
export const hostEndpoint = (node: SceneNode): EndpointParts => ({ pod: { address: node.address, address6: node.address6, node } })

export const internalPolicy: Cases = async (t, scene) => {
  const { a1, a2, b1, node1, node2 } = scene

  await t.test('[e2e Services] should respect internalTrafficPolicy=Local Pod to Pod', async (t) => {
    const service = await makeService(scene, 'internal', { spec: LOCAL, endpoints: [a1] })
    const web = { address: service.vip, port: 80 }
    await reaches(t, a2.agent, web, ['a1'])
    await drops(t, b1.agent, web)
  })

  await t.test('[e2e Services] should respect internalTrafficPolicy=Local Pod (hostNetwork: true) to Pod', async (t) => {
    const service = await makeService(scene, 'internal-host', { spec: LOCAL, endpoints: [a1] })
    const web = { address: service.vip, port: 80 }
    await reaches(t, node1.agent, web, ['a1'])
    await drops(t, node2.agent, web)
  })

  await t.test('[e2e Services] should respect internalTrafficPolicy=Local Pod and Node, to Pod (hostNetwork: true)', async (t) => {
    await node1.agent.serve([HOST_PORT])
    const service = await makeService(scene, 'internal-hosts', {
      spec: { ...LOCAL, ports: [{ name: 'tcp', port: 80, protocol: 'TCP', targetPort: HOST_PORT }] },
      endpoints: [hostEndpoint(node1)],
    })
    const web = { address: service.vip, port: 80 }
    for (const from of [a2.agent, node1.agent]) await reaches(t, from, web, ['node1'])
    for (const from of [b1.agent, node2.agent]) await drops(t, from, web)
    await node1.agent.close(HOST_PORT)
  })
}

export const terminating: Cases = async (t, scene) => {
  const { a1, a2, a3, b1, b2, node1, node2, client } = scene
  const last = [{ pod: a1, conditions: TERMINATING }]
  const fallback = '[e2e Services] should fallback to'
  const none = 'terminating endpoints when there are no ready endpoints with'

  await t.test(`${fallback} ${none} internalTrafficPolicy=Cluster`, async (t) => {
    const service = await makeService(scene, 'last-cluster', { endpoints: [...last, b1] })
    const web = { address: service.vip, port: 80 }
    await reaches(t, a2.agent, web, ['b1'])
    await service.endpoints([...last, { pod: b1, conditions: TERMINATING }])
    for (const from of [a2.agent, b2.agent, node2.agent]) await reaches(t, from, web, ['a1', 'b1'])
  })

  await t.test(`${fallback} local ${none} internalTrafficPolicy=Local`, async (t) => {
    const service = await makeService(scene, 'last-local', { spec: LOCAL, endpoints: last })
    const web = { address: service.vip, port: 80 }
    for (const from of [a2.agent, a3.agent]) await reaches(t, from, web, ['a1'])
    await drops(t, b1.agent, web)
  })

  await t.test(`${fallback} ${none} externallTrafficPolicy=Cluster`, async (t) => {
    const service = await makeService(scene, 'last-outside', { spec: { type: 'NodePort' }, endpoints: last })
    for (const { address } of [node1, node2]) {
      for (const from of [client, b1.agent]) await reaches(t, from, { address, port: service.nodePort() }, ['a1'])
    }
  })

  await t.test(`${fallback} local ${none} externalTrafficPolicy=Local`, async (t) => {
    const spec = { type: 'NodePort', externalTrafficPolicy: 'Local' }
    const service = await makeService(scene, 'last-outside-local', { spec, endpoints: last })
    const port = service.nodePort()
    await reaches(t, client, { address: node1.address, port }, ['a1'])
    await drops(t, client, { address: node2.address, port })
  })
}

export const healthCheck: Cases = async (t, scene) => {
  const { a1, b1, node1, node2, client } = scene

  await t.test('[e2e Services] should fail health check node port if there are only terminating endpoints', async (t) => {
    const port = 31_990
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: port }
    const service = await makeService(scene, 'checked', { spec, endpoints: [a1] })
    await healthIs(t, scene, { node: node1, port, status: 200, endpoints: 1 })
    await healthIs(t, scene, { node: node2, port, status: 503, endpoints: 0 })
    await service.endpoints([{ pod: a1, conditions: TERMINATING }])
    await healthIs(t, scene, { node: node1, port, status: 503, endpoints: 0 })
    await reaches(t, client, { address: node1.address, port: service.nodePort() }, ['a1'])
    await service.endpoints([a1, b1])
    for (const node of [node1, node2]) await healthIs(t, scene, { node, port, status: 200, endpoints: 1 })
    await seenAs(t, client, { address: node2.address, port: service.nodePort() }, CLIENT_ADDRESS)
  })
}

interface Health {
  readonly node: SceneNode
  readonly port: number
  readonly status: number
  readonly endpoints: number
}

/** What a node's health check port says, in the end. */
export const healthIs = async (t: Test, { client }: Scene, { node, port, status, endpoints }: Health): Promise<void> => {
  const page = await untilSo(
    () => client.get(`http://${node.address}:${port}/healthz`).catch((error: Error) => ({ status: 0, headers: {}, body: error.message })),
    (seen) => seen.status === status,
  )
  t.equal(page.status, status, `${node.name} says ${status}`)
  t.match(page.headers, { 'x-load-balancing-endpoint-weight': String(endpoints) })
  t.match(page.body, new RegExp(`"localEndpoints":\\s*${endpoints}\\b`))
}
