/** What a node's kernel holds for a Service, and what follows from it for its users. */
import { reaches, refuses, untilSo } from './expect.ts'
import type { Cases, Scene } from './scene.ts'
import { makeService, TCP, UDP } from './service.ts'

export const kernel: Cases = async (t, scene) => {
  const { a1, a2, b1, node1, client } = scene
  const service = await makeService(scene, 'kernel', { spec: { type: 'NodePort', ports: [TCP, UDP] }, endpoints: [a1, b1] })
  const web = { address: service.vip, port: 80 }
  await reaches(t, client, web, ['a1', 'b1'])

  await t.test('the kernel holds a virtual server for each port, at the VIP and at the node’s address, with every pod', async (t) => {
    const servers = [
      ...[`-t ${service.vip}:80`, `-t ${node1.address}:${service.nodePort('tcp')}`],
      ...[`-u ${service.vip}:80`, `-u ${node1.address}:${service.nodePort('udp')}`],
    ]
    const pods = [a1, b1].map(({ address }) => `-r ${address}:8080 -m -w 1`)
    const wanted = servers.flatMap((server) => [`-A ${server} -s rr`, ...pods.map((pod) => `-a ${server} ${pod}`)]).toSorted()
    const seen = await untilSo(
      async () => rulesOf(scene, servers),
      (rules) => rules.join() === wanted.join(),
    )
    t.same(seen, wanted)
  })

  await t.test('every pod gets its share, to the request', async (t) => {
    for (const from of [client, a2.agent, node1.agent]) {
      const answers = await from.askMany({ ...web, times: 8 })
      const counts = ['a1', 'b1'].map((name) => answers.filter((answer) => typeof answer !== 'string' && answer.name === name).length)
      t.same(counts, [4, 4], from.name)
    }
  })

  await t.test('whoever is outside, and the node itself, is seen as the node; a pod is seen as itself', async (t) => {
    const clientsOf = async (from: typeof client) =>
      (await reaches(t, from, web, ['a1', 'b1'])).map(({ name, client }) => `${name} ${client}`).toSorted()
    const asNode = [`a1 ${node1.gateway}`, 'b1 10.20.0.0']
    for (const from of [client, node1.agent]) t.same([...new Set(await clientsOf(from))], asNode, from.name)
    t.same([...new Set(await clientsOf(a2.agent))], [`a1 ${a2.address}`, `b1 ${a2.address}`])
  })

  await t.test('a VIP answers on its Service’s ports only: a daemon of the host is not reachable through it', async (t) => {
    t.equal((await client.get(`http://${node1.address}:20244/livez`)).status, 200, 'the daemon listens on every address')
    for (const from of [a2.agent, client]) await refuses(t, from, { address: service.vip, port: 20_244 })
    t.equal(scene.underlay.client.attempt('ping', '-c', '1', '-W', '3', service.vip).exitCode, 0, 'ping is answered')
  })

  await t.test('the scheduler follows its annotation', async (t) => {
    for (const [scheduler, pods] of [
      ['sh', 1],
      ['rr', 2],
    ] as const) {
      await service.patch({ metadata: { annotations: { 'kube-router.io/service.scheduler': scheduler } } })
      const line = new RegExp(`^-A -t ${service.vip}:80 -s ${scheduler}\\b`)
      const seen = await untilSo(
        async () => rulesOf(scene, [`-t ${service.vip}:80`]),
        (rules) => rules.some((rule) => line.test(rule)),
      )
      t.match(seen.join('\n'), new RegExp(line.source, 'm'))
      const names = (await client.askMany({ ...web, times: 6 })).map((answer) => (typeof answer === 'string' ? answer : answer.name))
      t.equal(new Set(names).size, pods, `${scheduler} sends one client’s connections to ${new Set(names).size} pods`)
    }
  })

  await t.test('/metrics counts virtual servers, endpoints and operations', async (t) => {
    const { body } = await client.get(`http://${node1.address}:9100/metrics`)
    t.match(body, /^kube_router_controller_ipvs_services [1-9]\d*$/m)
    t.match(body, /^selvedge_endpoints [1-9]\d*$/m)
    t.match(body, /^selvedge_operations_total\{kind="addServer",result="ok"\} [1-9]\d*$/m)
  })

  await t.test('a deleted Service is gone: its virtual servers, its route, its elements of sets', async (t) => {
    await service.remove()
    const places = [service.vip, `${node1.address}:${service.nodePort('tcp')}`]
    const everything = (): string =>
      [
        node1.namespace.exec('ipvsadm', '--save', '--numeric'),
        node1.namespace.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83'),
        node1.namespace.exec('nft', 'list', 'table', 'inet', 'selvedge'),
      ].join('\n')
    const left = await untilSo(
      async () => everything(),
      (text) => !places.some((place) => text.includes(place)),
    )
    for (const place of places) t.notMatch(left, place)
  })
}

/** The lines of `ipvsadm --save` about these virtual servers, sorted. */
const rulesOf = ({ node1 }: Scene, servers: readonly string[]): string[] =>
  node1.namespace
    .exec('ipvsadm', '--save', '--numeric')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => servers.some((server) => line.includes(`${server} `)))
    .toSorted()
