/** UDP flows that keep their source port while their endpoint goes, with conntrack and ipvsadm as witnesses. */
import type { Test } from 'tap'
import type { Flow } from '../../../rig/agent.ts'
import type { FlowReply } from '../../../rig/agent-protocol.ts'
import { CLIENT_ADDRESS } from '../../../rig/underlay.ts'
import { until } from '../../../rig/until.ts'
import { NODE_PORT, place, type Scene, vipOf } from './scene.ts'

/** Milliseconds between two datagrams of a flow. */
const INTERVAL = 200

/** A flow of the client, and everything it heard. */
interface Heard {
  readonly flow: Flow
  readonly replies: FlowReply[]
  readonly sourcePort: number
}

export const udpCases = async (t: Test, scene: Scene): Promise<void> => {
  const { node, client, a, b, endpoints } = scene
  const listen = async (flow: Heard): Promise<FlowReply[]> => {
    flow.replies.push(...(await flow.flow.heard()))
    return flow.replies
  }
  const start = async (address: string, port: number, sourcePort: number): Promise<Heard> => {
    const flow: Heard = { flow: await client.flow({ address, port, sourcePort }, INTERVAL), replies: [], sourcePort }
    await until(`the flow from port ${sourcePort} is answered`, async () => (await listen(flow)).length > 0)
    return flow
  }
  const answeredBy = (flow: Heard): string => flow.replies.at(-1)?.name ?? ''
  /** Of the flow's entry in the connection table: its id, and nothing when it has none. */
  const entryOf = ({ sourcePort }: Heard): string | undefined =>
    node.namespace
      .exec('conntrack', '--dump', '--proto', 'udp', '--output', 'id')
      .split('\n')
      .find((line) => line.includes(`src=${CLIENT_ADDRESS} `) && line.includes(`sport=${sourcePort} `))
      ?.match(/id=\d+/)?.[0]

  await t.test(
    'a flow whose endpoint is removed reaches another at once; flows to healthy endpoints, and of other Services, stay',
    async (t) => {
      // Round robin gives each pair one pod each.
      const pairs = [
        [await start(vipOf('names'), 80, 5001), await start(vipOf('names'), 80, 5002)],
        [await start(node.address, NODE_PORT, 5003), await start(node.address, NODE_PORT, 5004)],
        [await start(vipOf('bystander'), 80, 5005), await start(vipOf('bystander'), 80, 5006)],
      ] as const
      for (const pair of pairs) t.same(pair.map(answeredBy).sort(), ['a', 'b'])
      const moving = pairs.slice(0, 2).flatMap((pair) => pair.filter((flow) => answeredBy(flow) === 'a'))
      const staying = pairs.flat().filter((flow) => !moving.includes(flow))
      const before = staying.map((flow) => [answeredBy(flow), entryOf(flow)])
      await endpoints('names', b)
      for (const flow of moving) await until('it reaches the other', async () => (await listen(flow)).at(-1)?.name === 'b')
      for (const { replies } of moving) {
        const [last, first] = [replies.findLast(({ name }) => name === 'a'), replies.find(({ name }) => name === 'b')]
        const lost = (first?.sent ?? 0) - (last?.sent ?? 0) - 1
        t.ok(lost <= 2, `${lost} datagrams went unanswered`)
      }
      for (const flow of staying) await listen(flow)
      t.same(
        staying.map((flow) => [answeredBy(flow), entryOf(flow)]),
        before,
      )
      const entries = node.namespace
        .exec('ipvsadm', '--list', '--numeric', '--connection')
        .split('\n')
        .filter((line) => line.includes('UDP'))
      for (const { sourcePort } of moving) {
        const mine = entries.filter((line) => line.includes(`${CLIENT_ADDRESS}:${sourcePort} `))
        t.match(mine, [new RegExp(place(b))])
      }
      for (const { flow } of pairs.flat()) await flow.end()
    },
  )

  await t.test('the first endpoint of a Service: a flow that went elsewhere before is forgotten, one of another port is not', async (t) => {
    await endpoints('idle')
    await until('idle has no endpoint', async () => (await client.ask({ protocol: 'udp', address: vipOf('idle'), port: 80 })) === 'refused')
    const flow = (port: number): string[] => [
      ...['--proto', 'udp', '--orig-src', CLIENT_ADDRESS, '--orig-dst', vipOf('idle'), '--sport', '5010', '--dport', `${port}`],
      ...['--reply-src', vipOf('idle'), '--reply-dst', CLIENT_ADDRESS, '--reply-port-src', `${port}`, '--reply-port-dst', '5010'],
      ...['--timeout', '300'],
    ]
    for (const port of [80, 81]) node.namespace.exec('conntrack', '--create', ...flow(port))
    await endpoints('idle', a)
    await until('the flow is answered', async () => {
      const answer = await client.ask({ protocol: 'udp', address: vipOf('idle'), port: 80, sourcePort: 5010, timeout: 1 })
      return typeof answer !== 'string' && answer.name === 'a'
    })
    // Ports of the flows to idle that nobody but its address answers.
    const left = (): (string | undefined)[] => {
      const lines = node.namespace.exec('conntrack', '--dump', '--proto', 'udp', '--orig-dst', vipOf('idle')).split('\n')
      return lines.filter((line) => line.includes(`src=${vipOf('idle')} `)).map((line) => /dport=(\d+)/.exec(line)?.[1])
    }
    await until('the flow to the Service’s port is forgotten', () => !left().includes('80'), left)
    t.same(left(), ['81'])
  })
}
