/** UDP flows that go on while their server is replaced: neither IPVS nor conntrack may hold them to one that is gone. */
import type { Test } from 'tap'
import type { Actor } from '../../../rig/actor.ts'
import type { Question } from '../../../rig/agent-protocol.ts'
import { capture } from '../../../rig/capture.ts'
import { sendStraySegments } from '../../../rig/stray-segments.ts'
import { reaches, untilSo } from './expect.ts'
import type { ScenePod } from './pods.ts'
import type { Cases, Scene } from './scene.ts'
import { makeService, type ServiceHandle, UDP } from './service.ts'

/** A port of servers that come and go. */
const SERVER_PORT = 9001
/** The client's own: all datagrams belong to one flow. */
const SOURCE_PORT = 20_001

export const conntrack: Cases = async (t, scene) => {
  const { a2, node1, node2, client } = scene
  const servers = [scene.b1, scene.a1] as const
  const preserves = '[e2e Conntrack] should be able to preserve UDP traffic when'

  await t.test(`${preserves} server pod cycles for a NodePort service`, async (t) => {
    const service = await makeUdp(scene, 'cycled-nodeport', 'NodePort')
    for (const [from, { address }] of [
      [a2.agent, node1],
      [client, node2],
    ] as const) {
      await cycles(t, { service, from, to: { address, port: service.nodePort('udp') }, servers })
    }
  })

  await t.test(`${preserves} server pod cycles for a ClusterIP service`, async (t) => {
    const service = await makeUdp(scene, 'cycled', 'ClusterIP')
    await cycles(t, { service, from: a2.agent, to: { address: service.vip, port: 80 }, servers })
  })

  await t.test(`${preserves} server pod cycles for a ClusterIP service and client is hostNetwork`, async (t) => {
    const service = await makeUdp(scene, 'cycled-host', 'ClusterIP')
    await cycles(t, { service, from: node1.agent, to: { address: service.vip, port: 80 }, servers })
  })

  await t.test(`${preserves} initial unready endpoints get ready`, async (t) => {
    const { b1 } = scene
    const service = await makeUdp(scene, 'initial', 'NodePort')
    const flows = [
      { from: a2.agent, to: { address: service.vip, port: 80 } },
      { from: client, to: { address: node1.address, port: service.nodePort('udp') } },
    ]
    for (const { from, to } of flows) t.match(await flow(from, to), /^\(/, `${from.name} has nobody to talk to`)
    await b1.agent.serve([SERVER_PORT])
    await service.endpoints([b1])
    for (const { from, to } of flows) t.equal(await until(from, to, 'b1'), 'b1', `${from.name} reaches b1`)
    await b1.agent.close(SERVER_PORT)
  })
}

/** A Service of servers that come and go. */
export const makeUdp = (scene: Scene, name: string, type: string): Promise<ServiceHandle> =>
  makeService(scene, name, { spec: { type, ports: [{ ...UDP, targetPort: SERVER_PORT }] } })

interface Cycle {
  readonly service: ServiceHandle
  readonly from: Actor
  readonly to: Question
  readonly servers: readonly [first: ScenePod, second: ScenePod]
}

/** One server, then a second one beside it, then that one alone, while one flow goes on. */
export const cycles = async (t: Test, { service, from, to, servers }: Cycle): Promise<void> => {
  const [first, second] = servers
  for (const { agent } of servers) await agent.serve([SERVER_PORT])
  await service.endpoints([first])
  t.equal(await until(from, to, first.name), first.name, `${from.name} talks to ${first.name}`)
  await service.endpoints(servers)
  await service.endpoints([second])
  await first.agent.close(SERVER_PORT)
  t.equal(await until(from, to, second.name), second.name, `and to ${second.name} when ${first.name} is gone`)
  await second.agent.close(SERVER_PORT)
}

const until = (from: Actor, to: Question, name: string): Promise<string> =>
  untilSo(
    () => flow(from, to),
    (seen) => seen === name,
  )

const flow = async (from: Actor, to: Question): Promise<string> => {
  const answer = await from.ask({ protocol: 'udp', sourcePort: SOURCE_PORT, timeout: 0.5, ...to })
  return typeof answer === 'string' ? `(${answer})` : answer.name
}

/** A segment that conntrack cannot place must not come to the client with the pod's address: the client would reset the pod's connection. */
export const strays: Cases = async (t, scene) => {
  const { a2, b1 } = scene

  await t.test('[e2e Conntrack] should drop INVALID conntrack entries', async (t) => {
    const service = await makeService(scene, 'strays', { endpoints: [b1] })
    await reaches(t, a2.agent, { address: service.vip, port: 80 }, ['b1'])
    const talk = await a2.agent.open({ address: service.vip, port: 80 })
    const answer = await talk.say()
    if (typeof answer === 'string') throw new Error(`no connection: ${answer}`)
    const packets = await capture(t, a2.namespace, 'eth0', 'tcp')
    sendStraySegments(b1.namespace, { address: b1.address, port: 8080 }, { address: answer.client, port: answer.clientPort })
    t.match(await talk.say(), { name: 'b1', bytes: 2 * answer.bytes }, 'the connection goes on')
    const lines = await packets.stop()
    t.ok(
      lines.some((line) => line.includes(service.vip)),
      'the capture sees the connection',
    )
    t.same(
      lines.filter((line) => line.includes(b1.address) || line.includes('Flags [R')),
      [],
      'nothing from the pod itself, and no reset',
    )
    await talk.end()
  })
}
