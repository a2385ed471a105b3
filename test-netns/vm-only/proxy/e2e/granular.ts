/** "Granular Checks: Services" of both families: everybody asks one Service in every way. */
import type { Test } from 'tap'
import type { Actor } from '../../../rig/actor.ts'
import type { Question } from '../../../rig/agent-protocol.ts'
import { fails, reaches, untilSo } from './expect.ts'
import { hostEndpoint } from './policies.ts'
import type { Cases, Scene } from './scene.ts'
import { makeService, type ServiceHandle, TCP, UDP } from './service.ts'

const KINDS = [
  { word: 'http', protocol: 'tcp' },
  { word: 'udp', protocol: 'udp' },
] as const

const DUAL = { type: 'NodePort', ports: [TCP, UDP], ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }
/** A port of servers that use their node's network; policies.ts has another. */
const HOST_PORT = 8091
/** More than a packet holds: a datagram of it travels in fragments. */
const LARGE = 2000

export const granular: Cases = async (t, scene) => {
  await checks(t, scene, { suite: 'Networking', family: 4 })
  await checks(t, scene, { suite: 'DualStack', family: 6 })
  await hostNetworkAndSelectors(t, scene)
}

interface Checked {
  readonly word: string
  readonly protocol: 'tcp' | 'udp'
  readonly family: 4 | 6
}

const checks = async (t: Test, scene: Scene, { suite, family }: { suite: string; family: 4 | 6 }): Promise<void> => {
  const { a1, a2, b1, node1, node2, client } = scene
  const both = ['a1', 'b1']
  const service = await makeService(scene, `granular-${family}`, { spec: DUAL, endpoints: [a1, b1] })
  const vip = service.vips[family === 4 ? 0 : 1] ?? ''
  const nodes = [node1, node2].map((node) => (family === 4 ? node.address : node.address6))
  const places = (protocol: 'tcp' | 'udp') => [
    { protocol, address: vip, port: 80 },
    ...nodes.map((address) => ({ protocol, address, port: service.nodePort(protocol) })),
  ]
  const clients: readonly (readonly [kind: string, from: Actor])[] = [
    ['pod-Service', a2.agent],
    ['node-Service', node1.agent],
    ['endpoint-Service', a1.agent],
  ]
  for (const [kind, from] of clients) {
    for (const { word, protocol } of KINDS) {
      await t.test(`[e2e ${suite}] should function for ${kind}: ${word}`, async (t) => {
        for (const place of places(protocol)) await reaches(t, from, place, both)
      })
    }
  }
  for (const { word, protocol } of KINDS) {
    const [web, node] = places(protocol)
    if (web === undefined || node === undefined) throw new Error('a Service has places')

    // granular-names.ts says what is not met.
    if (family === 4 || protocol === 'tcp') {
      await t.test(`[e2e ${suite}] should be able to handle large requests: ${word}`, async (t) => {
        for (const place of [web, node]) {
          const answers = await reaches(t, a2.agent, { ...place, bytes: LARGE }, both)
          t.ok(
            answers.every(({ bytes }) => bytes === LARGE),
            'all of it arrives',
          )
        }
      })
    }

    await t.test(`[e2e ${suite}] should update endpoints: ${word}`, async (t) => {
      await service.endpoints([b1])
      await reaches(t, a2.agent, web, ['b1'])
      await service.endpoints([a1, b1])
      await reaches(t, a2.agent, web, both)
    })

    await t.test(`[e2e ${suite}] should function for client IP based session affinity: ${word}`, (t) =>
      affinity(t, { service, from: a2.agent, place: web }),
    )

    await t.test(`[e2e ${suite}] should update nodePort: ${word}`, (t) => released(t, scene, { word, protocol, family }))
  }
  const [udp] = places('udp').slice(1)
  if (family === 4 && udp !== undefined) {
    await t.test('[e2e Networking] should support basic nodePort: udp functionality', async (t) => {
      for (const from of [client, a2.agent]) await reaches(t, from, { ...udp, address: nodes[1] ?? '' }, both)
    })
  }
}

/** One service more for each: what is told is that it is gone. */
const released = async (t: Test, scene: Scene, { word, protocol, family }: Checked): Promise<void> => {
  const { a1, a2, b1, node1 } = scene
  const gone = await makeService(scene, `released-${word}-${family}`, { spec: DUAL, endpoints: [a1, b1] })
  const place = { protocol, address: family === 4 ? node1.address : node1.address6, port: gone.nodePort(protocol) }
  await reaches(t, a2.agent, place, ['a1', 'b1'])
  await gone.remove()
  await fails(t, a2.agent, place)
}

/** One client, one pod, as long as the Service says so. */
const affinity = async (t: Test, { service, from, place }: { service: ServiceHandle; from: Actor; place: Question }): Promise<void> => {
  await service.patch({ spec: { sessionAffinity: 'ClientIP' } })
  const names = await untilSo(
    async () => (await from.askMany({ ...place, times: 8 })).map((answer) => (typeof answer === 'string' ? answer : answer.name)),
    (seen) => new Set(seen).size === 1,
  )
  t.equal(new Set(names).size, 1, `${from.name} stays with ${names[0]}`)
  t.match(names[0], /^[ab]1$/)
  await service.patch({ spec: { sessionAffinity: 'None', sessionAffinityConfig: null } }, 'merge')
  await reaches(t, from, place, ['a1', 'b1'])
}

const hostNetworkAndSelectors = async (t: Test, scene: Scene): Promise<void> => {
  const { a1, a2, b1, node1, node2 } = scene

  await t.test('[e2e Networking] should function for service endpoints using hostNetwork', async (t) => {
    const hosts = [node1, node2]
    // As upstream's own server does: UDP on a host answers from the address that was asked.
    for (const { agent, address } of hosts) await agent.serve([HOST_PORT], agent.name, address)
    const ports = [TCP, UDP].map((port) => ({ ...port, targetPort: HOST_PORT }))
    const service = await makeService(scene, 'hosts', { spec: { type: 'NodePort', ports }, endpoints: hosts.map(hostEndpoint) })
    for (const { protocol } of KINDS) {
      for (const from of [a2.agent, node1.agent]) {
        await reaches(t, from, { protocol, address: service.vip, port: 80 }, ['node1', 'node2'])
        await reaches(t, from, { protocol, address: node2.address, port: service.nodePort(protocol) }, ['node1', 'node2'])
      }
    }
    for (const { agent } of hosts) await agent.close(HOST_PORT)
  })

  await t.test('[e2e Networking] should function for multiple endpoint-Services with same selector', async (t) => {
    const [one, other] = [
      await makeService(scene, 'same-1', { endpoints: [a1, b1] }),
      await makeService(scene, 'same-2', { endpoints: [a1, b1] }),
    ]
    for (const { vip } of [one, other]) await reaches(t, a1.agent, { address: vip, port: 80 }, ['a1', 'b1'])
    await one.remove()
    await fails(t, a1.agent, { address: one.vip, port: 80 })
    await reaches(t, a1.agent, { address: other.vip, port: 80 }, ['a1', 'b1'])
  })
}
