/** Endpoints near the client, by the hints that the control plane writes for trafficDistribution. */
import type { Test } from 'tap'
import { reaches } from './expect.ts'
import { nodeObject, type SceneNode } from './nodes.ts'
import type { ScenePod } from './pods.ts'
import { type Cases, type Scene, ZONES } from './scene.ts'
import { type EndpointParts, makeService } from './service.ts'

const OTHER_ZONE = 'zone-3'

const inZone = (pod: ScenePod, zone: string): EndpointParts => ({ pod, hints: { forZones: [{ name: zone }] } })

export const topology: Cases = async (t, scene) => {
  for (const distribution of ['PreferClose', 'PreferSameZone']) {
    await t.test(`[e2e Traffic Distribution] should route traffic to an endpoint in the same zone when using ${distribution}`, (t) =>
      sameZone(t, scene, distribution),
    )
    await t.test(
      `[e2e Traffic Distribution] should route traffic correctly between pods on multiple nodes when using ${distribution}`,
      (t) => multipleNodes(t, scene, distribution),
    )
  }

  await t.test(
    '[e2e Traffic Distribution] should route traffic to an endpoint on the same node or fall back to same zone when using PreferSameNode',
    (t) => sameNode(t, scene),
  )

  await t.test(
    '[e2e Traffic Distribution] should route traffic to an endpoint on the same node when using PreferSameNode and fall back when the endpoint becomes unavailable',
    (t) => sameNodeGone(t, scene),
  )

  await t.test('[e2e Topology Hints] should distribute endpoints evenly', async (t) => {
    const { a1, a2, a3, b1, b2 } = scene
    const endpoints = [inZone(a1, ZONES.node1), inZone(a3, ZONES.node1), inZone(b1, ZONES.node2)]
    const annotations = { 'service.kubernetes.io/topology-mode': 'Auto' }
    const { vip } = await makeService(scene, 'hinted', { annotations, endpoints })
    await reaches(t, a2.agent, { address: vip, port: 80 }, ['a1', 'a3'])
    await reaches(t, b2.agent, { address: vip, port: 80 }, ['b1'])
  })
}

/** Two zones with an endpoint each; a third without, whose clients get both. */
const sameZone = async (t: Test, scene: Scene, trafficDistribution: string): Promise<void> => {
  const { a1, a2, b1, b2, node2 } = scene
  const endpoints = [inZone(a1, ZONES.node1), inZone(b1, ZONES.node2)]
  const { vip } = await makeService(scene, `zone-${trafficDistribution.toLowerCase()}`, { spec: { trafficDistribution }, endpoints })
  const web = { address: vip, port: 80 }
  await reaches(t, a2.agent, web, ['a1'])
  await reaches(t, b2.agent, web, ['b1'])
  await moveTo(t, scene, node2, OTHER_ZONE)
  await reaches(t, b2.agent, web, ['a1', 'b1'])
  await reaches(t, a2.agent, web, ['a1'])
  await moveTo(t, scene, node2, ZONES.node2)
  await reaches(t, b2.agent, web, ['b1'])
}

/** Both nodes in one zone, with an endpoint each; one more endpoint is another zone's. */
const multipleNodes = async (t: Test, scene: Scene, trafficDistribution: string): Promise<void> => {
  const { a1, a2, a3, b1, b2, node2 } = scene
  const endpoints = [inZone(a1, ZONES.node1), inZone(b1, ZONES.node1), inZone(a3, OTHER_ZONE)]
  const { vip } = await makeService(scene, `nodes-${trafficDistribution.toLowerCase()}`, { spec: { trafficDistribution }, endpoints })
  const web = { address: vip, port: 80 }
  await moveTo(t, scene, node2, ZONES.node1)
  for (const from of [a2.agent, b2.agent]) await reaches(t, from, web, ['a1', 'b1'])
  await moveTo(t, scene, node2, OTHER_ZONE)
  await reaches(t, b2.agent, web, ['a3'])
  await moveTo(t, scene, node2, ZONES.node2)
  await reaches(t, b2.agent, web, ['a1', 'a3', 'b1'])
  await reaches(t, a2.agent, web, ['a1', 'b1'])
}

/** An endpoint on each node, and zones beside it; without the one of its node, a node's clients get those of their zone. */
const sameNode = async (t: Test, scene: Scene): Promise<void> => {
  const { a1, a2, b1, b2, node1, node2 } = scene
  const at = (pod: ScenePod, node: SceneNode, zone: string): EndpointParts => ({
    pod,
    hints: { forZones: [{ name: zone }], forNodes: [{ name: node.name }] },
  })
  const spec = { trafficDistribution: 'PreferSameNode' }
  const service = await makeService(scene, 'same-node', { spec, endpoints: [at(a1, node1, ZONES.node1), at(b1, node2, ZONES.node1)] })
  const web = { address: service.vip, port: 80 }
  await reaches(t, a2.agent, web, ['a1'])
  await reaches(t, b2.agent, web, ['b1'])
  await service.endpoints([at(b1, node2, ZONES.node1)])
  await reaches(t, a2.agent, web, ['b1'])
}

/** An endpoint on each node, and nothing said of zones; one goes, and comes back. */
const sameNodeGone = async (t: Test, scene: Scene): Promise<void> => {
  const { a1, a2, b1, b2, node1, node2 } = scene
  const all = [
    { pod: a1, hints: { forNodes: [{ name: node1.name }] } },
    { pod: b1, hints: { forNodes: [{ name: node2.name }] } },
  ]
  const service = await makeService(scene, 'same-node-gone', { spec: { trafficDistribution: 'PreferSameNode' }, endpoints: all })
  const web = { address: service.vip, port: 80 }
  const each = async (first: string): Promise<void> => {
    await reaches(t, a2.agent, web, [first])
    await reaches(t, b2.agent, web, ['b1'])
  }
  await each('a1')
  await service.endpoints(all.slice(1))
  await each('b1')
  await service.endpoints(all)
  await each('a1')
}

const moveTo = async (t: Test, { api }: Scene, node: SceneNode, zone: string): Promise<void> => {
  await api.client.update(nodeObject(node, { 'topology.kubernetes.io/zone': zone }))
  t.pass(`${node.name} is in ${zone}`)
}
