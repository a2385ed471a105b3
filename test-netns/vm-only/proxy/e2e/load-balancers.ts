/** Addresses of load balancers and externalIPs, which the network sends to a node: here the router sends them to node1. */
import type { JsonObject } from '../../../api-server/objects.ts'
import { CLIENT_ADDRESS } from '../../../rig/underlay.ts'
import { sticks } from './affinity.ts'
import { cycles, makeUdp } from './conntrack.ts'
import { drops, fails, reaches, refuses, seenAs } from './expect.ts'
import { healthIs } from './policies.ts'
import type { Cases, Scene } from './scene.ts'
import { makeService, type ServiceHandle, type ServiceParts, TCP, UDP } from './service.ts'

let count = 9
/** An address of EXTERNAL_RANGE that no test had before. */
export const newAddress = (): string => `198.51.100.${++count}`

/** A Service with the address of a load balancer. */
export const balanced = async (
  scene: Scene,
  { name, spec = {}, ...more }: ServiceParts & { name: string; spec?: JsonObject },
): Promise<{ service: ServiceHandle; address: string }> => {
  const service = await makeService(scene, name, { ...more, spec: { type: 'LoadBalancer', ...spec } })
  const address = newAddress()
  await service.balance([{ ip: address }])
  return { service, address }
}

export const external: Cases = async (t, scene) => {
  const { a1, a2, b1, b2, node1, client } = scene
  const title = 'should be possible to connect to a service via ExternalIP when the external IP is not assigned to a node'

  await t.test(`[e2e Services] ${title}`, async (t) => {
    const address = newAddress()
    await makeService(scene, 'external', { spec: { externalIPs: [address] }, endpoints: [a1, b1] })
    for (const from of [a2.agent, b2.agent, node1.agent, client]) await reaches(t, from, { address, port: 80 }, ['a1', 'b1'])
    await refuses(t, client, { address, port: 20_244 })
  })
}

export const loadBalancers: Cases = async (t, scene) => {
  const { a1, a2, b1, node1, node2, client } = scene

  for (const [word, port] of [
    ['TCP', TCP],
    ['UDP', UDP],
  ] as const) {
    await t.test(`[e2e LoadBalancers] should be able to change the type and ports of a ${word} service`, async (t) => {
      const protocol = port.name
      const service = await makeService(scene, `typed-${protocol}`, { spec: { ports: [port] }, endpoints: [a1, b1] })
      const address = newAddress()
      await service.patch({ spec: { type: 'LoadBalancer' } })
      await service.balance([{ ip: address }])
      await reaches(t, client, { protocol, address, port: 80 }, ['a1', 'b1'])
      await service.patch({ spec: { ports: [{ ...port, port: 81 }] } }, 'merge')
      await reaches(t, client, { protocol, address, port: 81 }, ['a1', 'b1'])
      await refuses(t, client, { protocol, address, port: 80 })
      const nodePort = { protocol, address: node2.address, port: service.nodePort(protocol) }
      await reaches(t, client, nodePort, ['a1', 'b1'])
      await service.endpoints([])
      await refuses(t, client, { protocol, address, port: 81 })
      await service.endpoints([b1])
      await reaches(t, client, { protocol, address, port: 81 }, ['b1'])
      await service.patch({ spec: { type: 'ClusterIP' } })
      await service.balance([])
      for (const place of [nodePort, { protocol, address, port: 81 }]) await fails(t, client, place)
      await reaches(t, a2.agent, { protocol, address: service.vip, port: 81 }, ['b1'])
    })
  }

  await t.test('[e2e LoadBalancers] should only allow access from service loadbalancer source ranges', async (t) => {
    const only = (source: string) => ({ loadBalancerSourceRanges: [`${source}/32`] })
    const { service, address } = await balanced(scene, { name: 'ranges', spec: only(CLIENT_ADDRESS), endpoints: [a1, b1] })
    await reaches(t, client, { address, port: 80 }, ['a1', 'b1'])
    await drops(t, a2.agent, { address, port: 80 })
    await service.patch({ spec: only(a2.address) })
    await reaches(t, a2.agent, { address, port: 80 }, ['a1', 'b1'])
    await drops(t, client, { address, port: 80 })
    await service.patch({ spec: { loadBalancerSourceRanges: null } }, 'merge')
    for (const from of [client, a2.agent]) await reaches(t, from, { address, port: 80 }, ['a1', 'b1'])
  })

  for (const policy of ['Local', 'Cluster'] as const) {
    const endpoints = [scene.a1, scene.a2, scene.a3]
    const names = ['a1', 'a2', 'a3']
    const spec = { externalTrafficPolicy: policy, sessionAffinity: 'ClientIP' }

    await t.test(
      `[e2e LoadBalancers] should have session affinity work for LoadBalancer service with ${policy} traffic policy`,
      async (t) => {
        const { address } = await balanced(scene, { name: `affine-${policy.toLowerCase()}`, spec, endpoints })
        await sticks(t, client, { address, port: 80 }, names)
      },
    )

    await t.test(
      `[e2e LoadBalancers] should be able to switch session affinity for LoadBalancer service with ${policy} traffic policy`,
      async (t) => {
        const { service, address } = await balanced(scene, { name: `switched-${policy.toLowerCase()}`, spec, endpoints })
        await sticks(t, client, { address, port: 80 }, names)
        await service.patch({ spec: { sessionAffinity: 'None', sessionAffinityConfig: null } }, 'merge')
        await reaches(t, client, { address, port: 80 }, names)
      },
    )
  }

  await t.test('[e2e LoadBalancers] should be able to create LoadBalancer Service without NodePort and change it', async (t) => {
    const spec = { allocateLoadBalancerNodePorts: false }
    const { service, address } = await balanced(scene, { name: 'portless', spec, endpoints: [a1, b1] })
    t.ok(Number.isNaN(service.nodePort()), 'there is no NodePort')
    await reaches(t, client, { address, port: 80 }, ['a1', 'b1'])
    await service.patch({ spec: { allocateLoadBalancerNodePorts: true } })
    for (const node of [node1, node2]) await reaches(t, client, { address: node.address, port: service.nodePort() }, ['a1', 'b1'])
    await reaches(t, client, { address, port: 80 }, ['a1', 'b1'])
  })

  for (const where of ['different nodes', 'the same nodes'] as const) {
    const title = `should be able to preserve UDP traffic when server pod cycles for a LoadBalancer service on ${where}`
    await t.test(`[e2e LoadBalancers] ${title}`, async (t) => {
      const service = await makeUdp(scene, `cycled-${where.replaceAll(' ', '-')}`, 'LoadBalancer')
      const address = newAddress()
      await service.balance([{ ip: address }])
      const servers = where === 'different nodes' ? ([scene.b1, scene.a1] as const) : ([scene.a1, scene.a3] as const)
      await cycles(t, { service, from: client, to: { address, port: 80 }, servers })
    })
  }
}

export const localPolicy: Cases = async (t, scene) => {
  const { a1, a2, b1, node1, node2, client } = scene
  const LOCAL = { externalTrafficPolicy: 'Local' }

  await t.test('[e2e LoadBalancers] should work for type=LoadBalancer', async (t) => {
    const spec = { ...LOCAL, healthCheckNodePort: 31_991 }
    const { address } = await balanced(scene, { name: 'kept', spec, endpoints: [a1, b1] })
    await reaches(t, client, { address, port: 80 }, ['a1'])
    await seenAs(t, client, { address, port: 80 }, CLIENT_ADDRESS)
    await healthIs(t, scene, { node: node1, port: 31_991, status: 200, endpoints: 1 })
  })

  await t.test('[e2e LoadBalancers] should work for type=NodePort', async (t) => {
    const service = await makeService(scene, 'kept-nodeport', { spec: { type: 'NodePort', ...LOCAL }, endpoints: [b1] })
    await seenAs(t, client, { address: node2.address, port: service.nodePort() }, CLIENT_ADDRESS)
  })

  await t.test('[e2e LoadBalancers] should only target nodes with endpoints', async (t) => {
    const spec = { ...LOCAL, healthCheckNodePort: 31_992 }
    const { service } = await balanced(scene, { name: 'targets', spec, endpoints: [a1] })
    const states = async (first: number, second: number): Promise<void> => {
      for (const [node, endpoints] of [
        [node1, first],
        [node2, second],
      ] as const) {
        await healthIs(t, scene, { node, port: 31_992, status: endpoints > 0 ? 200 : 503, endpoints })
        const place = { address: node.address, port: service.nodePort() }
        await (endpoints > 0 ? reaches(t, client, place, [node === node1 ? 'a1' : 'b1']) : drops(t, client, place))
      }
    }
    await states(1, 0)
    await service.endpoints([b1])
    await states(0, 1)
  })

  await t.test('[e2e LoadBalancers] should work from pods', async (t) => {
    const { address } = await balanced(scene, { name: 'from-pods', spec: LOCAL, endpoints: [a1] })
    for (const pod of [a2, b1]) {
      await reaches(t, pod.agent, { address, port: 80 }, ['a1'])
      await seenAs(t, pod.agent, { address, port: 80 }, pod.address)
    }
  })

  await t.test('[e2e LoadBalancers] should handle updates to ExternalTrafficPolicy field', async (t) => {
    const spec = { ...LOCAL, healthCheckNodePort: 31_993 }
    const { service, address } = await balanced(scene, { name: 'updated', spec, endpoints: [a1] })
    const elsewhere = { address: node2.address, port: service.nodePort() }
    await seenAs(t, client, { address, port: 80 }, CLIENT_ADDRESS)
    await drops(t, client, elsewhere)
    await service.patch({ spec: { externalTrafficPolicy: 'Cluster', healthCheckNodePort: null } }, 'merge')
    await reaches(t, client, elsewhere, ['a1'])
    await refuses(t, client, { address: node1.address, port: 31_993 })
    await service.patch({ spec: { externalTrafficPolicy: 'Local', healthCheckNodePort: 31_993 } })
    await seenAs(t, client, { address, port: 80 }, CLIENT_ADDRESS)
    await drops(t, client, elsewhere)
  })
}
