/** UDP flows that go on while their server is replaced: neither IPVS nor conntrack may hold them to one that is gone. */
import type { Test } from 'tap'
import { listAt, objectAt } from '../../../api-server/objects.ts'
import type { Actor } from '../../../rig/actor.ts'
import type { Question } from '../../../rig/agent-protocol.ts'
import { capture } from '../../../rig/capture.ts'
import { sendStraySegments } from '../../../rig/stray-segments.ts'
import { reaches, untilSo } from './expect.ts'
import type { ScenePod } from './pods.ts'
import type { Cases, Scene } from './scene.ts'
import { makeService, type ServiceHandle, UDP } from './service.ts'

/** Servers that come and go have a port of their own for each Service, for tests run side by side. */
let serverPort = 9000
/** And clients one for each flow: all its datagrams come from there. */
let sourcePort = 20_000

/** A flow of datagrams. */
interface Flow {
  readonly from: Actor
  readonly to: Question
}

const flowOf = (from: Actor, to: Question): Flow => ({ from, to: { ...to, protocol: 'udp', sourcePort: ++sourcePort, timeout: 0.5 } })

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
      flowOf(a2.agent, { address: service.vip, port: 80 }),
      flowOf(client, { address: node1.address, port: service.nodePort('udp') }),
    ]
    for (const flow of flows) t.match(await answerTo(flow), /^\(/, `${flow.from.name} has nobody to talk to`)
    await b1.agent.serve([portOf(service)])
    await service.endpoints([b1])
    for (const flow of flows) t.equal(await until(flow, 'b1'), 'b1', `${flow.from.name} reaches b1`)
    await b1.agent.close(portOf(service))
  })
}

/** A Service of servers that come and go. */
export const makeUdp = (scene: Scene, name: string, type: string): Promise<ServiceHandle> =>
  makeService(scene, name, { spec: { type, ports: [{ ...UDP, targetPort: ++serverPort }] } })

/** Where its servers listen. */
const portOf = (service: ServiceHandle): number => Number(objectAt(listAt(objectAt(service.object().spec).ports)[0]).targetPort)

interface Cycle {
  readonly service: ServiceHandle
  readonly from: Actor
  readonly to: Question
  readonly servers: readonly [first: ScenePod, second: ScenePod]
}

/** One server, then a second one beside it, then that one alone, while one flow goes on. */
export const cycles = async (t: Test, { service, from, to, servers }: Cycle): Promise<void> => {
  const [first, second] = servers
  const [port, flow] = [portOf(service), flowOf(from, to)]
  for (const { agent } of servers) await agent.serve([port])
  await service.endpoints([first])
  t.equal(await until(flow, first.name), first.name, `${from.name} talks to ${first.name}`)
  await service.endpoints(servers)
  await service.endpoints([second])
  await first.agent.close(port)
  t.equal(await until(flow, second.name), second.name, `and to ${second.name} when ${first.name} is gone`)
  await second.agent.close(port)
}

const until = (flow: Flow, name: string): Promise<string> =>
  untilSo(
    () => answerTo(flow),
    (seen) => seen === name,
  )

const answerTo = async ({ from, to }: Flow): Promise<string> => {
  const answer = await from.ask(to)
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
