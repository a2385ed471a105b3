/** Services as their users see them, with real IPVS: two nodes, two pods, a client outside. */
import t from 'tap'
import { ask, askMany, askUdp } from '../../rig/ask.ts'
import type { FlannelNode } from '../../rig/flannel.ts'
import type { NetNamespace } from '../../rig/namespace.ts'
import type { Pod } from '../../rig/pod.ts'
import type { RunningProcess } from '../../rig/process.ts'
import { requires } from '../../rig/requires.ts'
import { CLIENT_ADDRESS } from '../../rig/underlay.ts'
import { until } from '../../rig/until.ts'
import { ipvsRules } from '../../rig/witness-ipvs.ts'
import { makeCluster, serviceObject, sliceObject, type TestCluster } from './cluster.ts'

const VIP = '10.96.0.10'
const WEB = `http://${VIP}/`
const NODE_PORT = 30080
const service = { apiVersion: 'v1', kind: 'Service', name: 'web' }
const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: 'web-1' }

interface Scene extends TestCluster {
  readonly node: FlannelNode
  readonly here: Pod
  readonly there: Pod
}

const makeScene = async (owner: Parameters<typeof makeCluster>[0]): Promise<Scene> => {
  const cluster = await makeCluster(owner)
  const [node, other] = cluster.nodes
  if (node === undefined || other === undefined) throw new Error('the scene needs two nodes')
  const [here, there] = [await cluster.addPod(node, 2), await cluster.addPod(other, 2)]
  const nodePort = [
    { name: 'tcp', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: NODE_PORT },
    { name: 'udp', protocol: 'UDP', port: 80, targetPort: 8080, nodePort: NODE_PORT },
  ]
  await cluster.api.client.create(serviceObject('web', VIP, { spec: { type: 'NodePort', ports: nodePort } }))
  await cluster.api.client.create(sliceObject('web', [here, there]))
  return { ...cluster, node, here, there }
}

const rulesOf = (namespace: NetNamespace, address: string): string[] => ipvsRules(namespace).filter((line) => line.includes(` ${address}:`))

// One story on one cluster; an emulated machine takes its time.
t.setTimeout(400_000)

t.test('Services on a node', { ...requires('root', 'ipvs', 'nft', 'ipvsadm', 'curl'), timeout: 400_000 }, async (t) => {
  const scene = await makeScene(t)
  const { node, here, there, client, api } = scene
  const inNode = node.namespace
  const [podHere, podThere] = [`${here.address}:8080`, `${there.address}:8080`]
  let proxy: RunningProcess = await scene.startProxy(node, '--cluster-cidr=10.20.0.0/16', '--ipvs-sync-period=3s', '--metrics-port=9100')

  const endpoints = async (...pods: Pod[]): Promise<void> => {
    await api.client.patch(slice, { endpoints: sliceObject('web', pods).endpoints }, 'merge')
    const wanted = pods.map((pod) => `-r ${pod.address}:8080 -m`).sort()
    const programmed = (): string[] => rulesOf(inNode, VIP).flatMap((line) => /-a -t .*(-r \S+ -m)/.exec(line)?.[1] ?? [])
    await until(
      `the kernel has ${wanted}`,
      () => JSON.stringify(programmed()) === JSON.stringify(wanted),
      () => rulesOf(inNode, VIP),
    )
  }

  await t.test('the kernel holds a virtual server for each port, at the VIP and at the node’s address', async (t) => {
    t.same(ipvsRules(inNode), [
      `-A -t ${VIP}:80 -s rr`,
      `-A -t ${node.address}:${NODE_PORT} -s rr`,
      `-A -u ${VIP}:80 -s rr`,
      `-A -u ${node.address}:${NODE_PORT} -s rr`,
      ...[`-t ${VIP}:80`, `-t ${node.address}:${NODE_PORT}`, `-u ${VIP}:80`, `-u ${node.address}:${NODE_PORT}`].flatMap((server) => [
        `-a ${server} -r ${podHere} -m -w 1`,
        `-a ${server} -r ${podThere} -m -w 1`,
      ]),
    ])
  })

  await t.test('the VIP answers from the node, from a pod and from outside, and every pod gets its share', async (t) => {
    for (const from of [inNode, here.namespace, client]) t.same(askMany(from, WEB, 10), { [here.name]: 5, [there.name]: 5 })
  })

  await t.test('the NodePort answers from outside and from a pod', async (t) => {
    for (const from of [client, here.namespace])
      t.same(askMany(from, `http://${node.address}:${NODE_PORT}/`, 10), { [here.name]: 5, [there.name]: 5 })
  })

  await t.test('UDP is served like TCP', async (t) => {
    for (const from of [inNode, here.namespace, client]) t.match(askUdp(from, VIP, 80), { name: /^pod-/ })
    t.match(askUdp(client, node.address, NODE_PORT), { name: /^pod-/ })
  })

  await t.test('--cluster-cidr: a pod keeps its own address, whoever is outside is seen as the node', async (t) => {
    await endpoints(there)
    t.match(ask(here.namespace, WEB), { name: there.name, client: here.address })
    for (const from of [client, inNode]) {
      const seen = ask(from, WEB)
      t.match(seen, { name: there.name, client: '10.20.0.0' }, 'the node’s address on the overlay')
    }
    await endpoints(here)
    t.match(ask(client, WEB), { name: here.name, client: node.gateway }, 'the node’s address on the pods’ bridge')
    t.notMatch(ask(client, `http://${node.address}:${NODE_PORT}/`), { client: CLIENT_ADDRESS })
  })

  await t.test('a pod reaches itself through its VIP, and sees the node', async (t) => {
    await endpoints(here)
    t.match(ask(here.namespace, WEB), { name: here.name, client: node.gateway })
  })

  await t.test('a pod reaches another pod of its bridge through the VIP, and is seen with its own address', async (t) => {
    const neighbour = await scene.addPod(node, 3)
    await endpoints(neighbour)
    t.match(ask(here.namespace, WEB), { name: neighbour.name, client: here.address })
  })

  await t.test('a pod whose endpoint was removed gets no new connection', async (t) => {
    await endpoints(here, there)
    await endpoints(there)
    t.same(askMany(client, WEB, 20), { [there.name]: 20 })
  })

  await t.test('a Service without endpoints refuses at once', async (t) => {
    await endpoints()
    for (const from of [inNode, here.namespace, client]) t.equal(ask(from, WEB, { timeout: 3 }), 'refused')
    await endpoints(here, there)
  })

  await t.test('a VIP answers on its Service’s ports only: a daemon of the host is not reachable through it', async (t) => {
    t.equal(client.exec('curl', '--silent', `http://${node.address}:20244/healthz`), 'OK', 'the daemon listens on every address')
    for (const from of [here.namespace, client]) t.equal(ask(from, `http://${VIP}:20244/healthz`, { timeout: 3 }), 'refused')
    t.equal(client.attempt('ping', '-c', '1', '-W', '3', VIP).exitCode, 0, 'ping is answered')
  })

  await t.test('the scheduler follows its annotation while connections go on', async (t) => {
    const patch = (scheduler: string) =>
      api.client.patch(service, { metadata: { annotations: { 'kube-router.io/service.scheduler': scheduler } } })
    for (const scheduler of ['lc', 'sh', 'dh', 'rr']) {
      await patch(scheduler)
      await until(`the scheduler is ${scheduler}`, () => rulesOf(inNode, VIP).includes(`-A -t ${VIP}:80 -s ${scheduler}`))
      const share = askMany(client, WEB, 8)
      const pods = Object.keys(share).length
      t.equal(pods, scheduler === 'sh' || scheduler === 'dh' ? 1 : 2, `${scheduler} sends one client’s connections to ${pods} pods`)
    }
  })

  await t.test('SIGTERM ends the proxy with status 0 and leaves the data plane standing', async (t) => {
    const before = ipvsRules(inNode)
    t.equal(await proxy.stop('SIGTERM'), 0)
    t.same(ipvsRules(inNode), before)
    t.same(askMany(client, WEB, 4), { [here.name]: 2, [there.name]: 2 })
  })

  await t.test('starting again over it changes nothing', async (t) => {
    const before = [
      ipvsRules(inNode),
      inNode.exec('nft', '--json', 'list', 'ruleset'),
      inNode.exec('ip', 'route', 'show', 'table', 'local'),
    ]
    proxy = await scene.startProxy(node, '--cluster-cidr=10.20.0.0/16', '--ipvs-sync-period=3s', '--metrics-port=9100')
    t.notMatch(proxy.output(), /added|changed|removed/)
    t.same(ipvsRules(inNode), before[0])
    t.same(inNode.exec('ip', 'route', 'show', 'table', 'local'), before[2])
  })

  await t.test('what others remove is repaired within an audit period, and what is theirs stays', async (t) => {
    inNode.exec('ipvsadm', '-A', '-t', '198.51.100.7:80', '-s', 'wlc')
    inNode.exec('ip', 'route', 'del', 'local', VIP, 'table', 'local')
    inNode.exec('nft', 'flush', 'ruleset')
    inNode.exec('ipvsadm', '-D', '-t', `${VIP}:80`)
    await until('the VIP answers again', () => typeof ask(client, WEB, { timeout: 2 }) === 'object', proxy.output)
    t.match(ask(client, WEB), { client: /^10\.20\.0\./ }, 'masqueraded again')
    t.ok(ipvsRules(inNode).includes('-A -t 198.51.100.7:80 -s wlc'))
  })

  await t.test('/metrics counts virtual servers, endpoints, operations and repairs', async (t) => {
    const metrics = inNode.exec('curl', '--silent', 'http://127.0.0.1:9100/metrics')
    t.match(metrics, /^kube_router_controller_ipvs_services 5$/m, 'four of ours, one of a stranger')
    t.match(metrics, /^selvedge_endpoints 2$/m)
    t.match(metrics, /^selvedge_operations_total\{kind="addServer",result="ok"\} \d+$/m)
    t.match(metrics, /^selvedge_drift_repairs_total [1-9]\d*$/m)
  })

  await t.test('a deleted Service is gone: its VIP, its NodePort, its sets', async (t) => {
    await api.client.remove(service)
    await until(
      'nothing of the Service is left',
      () => !ipvsRules(inNode).some((line) => line.includes(VIP)),
      () => ipvsRules(inNode),
    )
    t.same(ipvsRules(inNode), ['-A -t 198.51.100.7:80 -s wlc'])
    t.equal(inNode.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83'), '')
    t.notMatch(inNode.exec('nft', 'list', 'table', 'inet', 'selvedge'), /elements = \{ (10\.96|192\.168)/)
  })
})
