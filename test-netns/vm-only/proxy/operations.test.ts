/** What people see of a running proxy: health checks of load balancers, probes, traffic metrics, Events, `selvedge status`. One node, one pod. */
import { rmSync, writeFileSync } from 'node:fs'
import { join as pathOf } from 'node:path'
import t from 'tap'
import { startApiServer } from '../../api-server/start.ts'
import { node as nodeObject, readySlice } from '../../proxy/cluster-objects.ts'
import { untilProxyReady } from '../../proxy/until-ready.ts'
import { startActor } from '../../rig/actor.ts'
import { join } from '../../rig/link.ts'
import { makeNamespace } from '../../rig/namespace.ts'
import { startProcess } from '../../rig/process.ts'
import { requires } from '../../rig/requires.ts'
import { until } from '../../rig/until.ts'
import { ipvsConnections } from '../../rig/witness-ipvs.ts'

const COMMAND = pathOf(import.meta.dirname, '../../../dist/selvedge/selvedge.js')
const [NODE, POD, VIP] = ['192.0.2.1', '10.20.0.2', '10.96.0.10']
const CHECK_PORT = 31_999
const NAME = { apiVersion: 'v1', kind: 'Node', name: 'node-a' }
const SLICE = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: 'web-1' }

const web = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    type: 'LoadBalancer',
    clusterIP: VIP,
    clusterIPs: [VIP],
    ipFamilies: ['IPv4'],
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: CHECK_PORT,
    externalIPs: ['198.51.100.9'],
    ports: [{ port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30_080 }],
  },
}

/** A Service that asks for a scheduler. */
const scheduled = (name: string, clusterIP: string, scheduler: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', annotations: { 'kube-router.io/service.scheduler': scheduler } },
  spec: { clusterIP, clusterIPs: [clusterIP], ipFamilies: ['IPv4'], ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] },
})

t.setTimeout(400_000)

t.test('operations', { ...requires('root', 'ipvs', 'nft', 'ipvsadm', 'curl', 'openssl'), timeout: 400_000 }, async (t) => {
  const [host, pod] = [makeNamespace(t, 'node'), makeNamespace(t, 'pod')]
  host.ip(`address add ${NODE}/32 dev lo`)
  join({ namespace: host, device: 'pod', addresses: ['10.20.0.1/24'] }, { namespace: pod, device: 'eth0', addresses: [`${POD}/24`] })
  pod.ip('route add default via 10.20.0.1')
  await startActor(t, pod, 'pod').serve([8080])
  const client = startActor(t, host, 'client')
  const { client: api, kubeconfig } = await startApiServer(t, { namespace: host.name, address: NODE })
  await api.load([
    nodeObject('node-a', NODE),
    web,
    readySlice('web', [{ name: '', protocol: 'TCP', port: 8080 }], [{ address: POD, node: { name: 'node-a' } }]),
  ])
  const flags = ['--hostname-override=node-a', '--metrics-port=9100', '--ipvs-sync-period=10m', '--log-format=json']
  const proxy = await startProcess(t, host.command(process.execPath, COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, ...flags), {
    ready: /started/,
    timeout: 120,
  })
  await untilProxyReady({ name: 'node-a', namespace: host }, proxy, { seconds: 60 })
  let current = proxy

  const curl = (...words: string[]) => host.exec('curl', '--silent', ...words)
  /** 0 = nobody listens. */
  const statusOf = (url: string): Promise<number> =>
    client.get(url).then(
      ({ status }) => status,
      () => 0,
    )
  const selvedgeStatus = (...words: string[]) => host.attempt(process.execPath, COMMAND, 'status', ...words)
  const check = `http://${NODE}:${CHECK_PORT}/any/path`

  await t.test('healthCheckNodePort tells the weight of this node, in kube-proxy’s words', async (t) => {
    const [head = '', body = ''] = curl('--include', check).split('\r\n\r\n')
    t.match(head, /^HTTP\/1\.1 200 OK\r\n/)
    t.match(head, /\r\nX-Load-Balancing-Endpoint-Weight: 1(\r\n|$)/i)
    t.match(head, /\r\ncontent-type: application\/json(\r\n|$)/i)
    t.strictSame(JSON.parse(body), { service: { namespace: 'default', name: 'web' }, localEndpoints: 1, serviceProxyHealthy: true })
    t.equal(await client.ask({ address: '10.20.0.1', port: CHECK_PORT }), 'refused', 'at the node’s own address only')
  })

  await t.test('traffic metrics count what ipvsadm counts', async (t) => {
    const answers = await client.askMany({ address: VIP, port: 80, times: 7 })
    t.equal(answers.length, 7)
    t.same(await ipvsConnections(host, 'tcp', `${VIP}:80`), { [`${POD}:8080`]: 7 })
    const { body: metrics } = await client.get('http://127.0.0.1:9100/metrics')
    const labels = `svc_namespace="default",service_name="web",service_vip="${VIP}",protocol="tcp",port="80"`
    t.match(metrics, `\nkube_router_service_total_connections{${labels}} 7\n`)
    t.match(metrics, new RegExp(`\nkube_router_service_bytes_in\\{${labels}\\} [1-9]\\d+\n`))
    t.match(metrics, '\nselvedge_health_check_servers{state="open"} 1\n')
    t.match(metrics, '\nselvedge_notices_total{reason="ExternalAddressRefused"} 1\n')
  })

  await t.test('an external address that validation refuses is an Event about its Service', async (t) => {
    const events = await api.list({ apiVersion: 'v1', kind: 'Event' })
    t.match(events, [{ reason: 'ExternalAddressRefused', type: 'Warning', involvedObject: { kind: 'Service', name: 'web' } }])
    t.equal(events.length, 1)
  })

  await t.test('status shows the Service with its endpoint and connections, and finds nothing wrong', async (t) => {
    const { exitCode, stdout } = selvedgeStatus('-o', 'json')
    const { proxy: facts, services, drift } = JSON.parse(stdout)
    t.equal(exitCode, 0)
    t.match(facts, { node: 'node-a', pid: proxy.pid, healthy: true, ready: true, waiting: 0 })
    t.same(drift, [])
    const server = services[0].servers.find((each: { server: string }) => each.server === `tcp ${VIP}:80`)
    t.match(server, {
      scheduler: 'rr',
      traffic: { connections: 7 },
      endpoints: [{ address: POD, port: 8080, weight: 1, state: 'serving' }],
    })
    const [{ active, inactive }] = server.endpoints
    t.equal(active + inactive, 7)
  })

  await t.test('status finds what somebody removed, and fails', async (t) => {
    // Tables and routes would be back before status has started.
    host.exec('ipvsadm', '-D', '-t', `${VIP}:80`)
    const { exitCode, stdout } = selvedgeStatus('--name=web')
    t.equal(exitCode, 1)
    t.match(stdout, /^missing +server tcp 10\.96\.0\.10:80 +default\/web$/m)
  })

  await t.test('a Node that is about to go fails /healthz, and neither /livez nor the health check', async (t) => {
    await api.patch(NAME, { spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] } }, 'merge')
    await until('healthz fails', async () => (await statusOf('http://127.0.0.1:20244/healthz')) === 500, proxy.output)
    t.match((await client.get('http://127.0.0.1:20244/healthz')).body, 'ToBeDeletedByClusterAutoscaler')
    t.equal(await statusOf('http://127.0.0.1:20244/livez'), 200)
    t.equal(await statusOf(check), 200)
    t.match(JSON.parse(curl('--header', 'Accept: application/json', 'http://127.0.0.1:20244/healthz')), { nodeEligible: false })
  })

  const others = ['--hostname-override=node-a', '--health-port=20245', '--masquerade-all', '--ipvs-graceful-period=1s']
  const startSecond = () =>
    startProcess(t, host.command(process.execPath, COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, ...others), {
      ready: /another selvedge proxy runs on this node; waiting for it to end/,
      timeout: 120,
    })

  await t.test('a second proxy, with other flags, changes nothing and waits; it takes the first one’s place when that ends', async (t) => {
    const state = () => [host.exec('ipvsadm', '-Sn'), host.exec('nft', '--stateless', 'list', 'table', 'inet', 'selvedge')]
    const before = state()
    current = await startSecond()
    t.same(state(), before)
    t.equal(await proxy.stop(), 0)
    await until('it has the place', async () => (await statusOf('http://127.0.0.1:20245/readyz')) === 200, current.output, { seconds: 60 })
  })

  await t.test('where the kernel lacks a scheduler the nearest one serves, and an Event says so', async (t) => {
    const blocked = '/etc/modprobe.d/selvedge-test.conf'
    t.teardown(() => rmSync(blocked, { force: true }))
    writeFileSync(blocked, 'install ip_vs_mh /bin/false\ninstall ip_vs_nq /bin/false\n')
    host.attempt('modprobe', '--remove', 'ip_vs_mh', 'ip_vs_nq')
    const port = { name: '', protocol: 'TCP', port: 8080 }
    const endpoints = [{ address: POD, node: { name: 'node-a' } }]
    await api.load([scheduled('hashed', '10.96.0.21', 'mh'), readySlice('hashed', [port], endpoints)])
    await api.load([scheduled('queued', '10.96.0.22', 'nq'), readySlice('queued', [port], endpoints)])
    const rules = () => host.exec('ipvsadm', '--save', '--numeric').split('\n')
    await until('both are there', () => rules().filter((line) => line.startsWith('-a -t 10.96.0.2')).length === 2, current.output)
    t.same(
      rules()
        .filter((line) => line.startsWith('-A -t 10.96.0.2'))
        .toSorted(),
      ['-A -t 10.96.0.21:80 -s sh -b sh-fallback', '-A -t 10.96.0.22:80 -s wlc'],
    )
    for (const address of ['10.96.0.21', '10.96.0.22']) t.match(await client.ask({ address, port: 80 }), { name: 'pod' })
    const events = async () => (await api.list({ apiVersion: 'v1', kind: 'Event' })).filter(({ reason }) => reason === 'SchedulerMissing')
    await until('the Events are there', async () => (await events()).length === 2, current.output)
    t.same((await events()).map(({ message }) => message).toSorted(), [
      'the kernel of this node has no scheduler mh (module ip_vs_mh); sh is used',
      'the kernel of this node has no scheduler nq (module ip_vs_nq); wlc is used',
    ])
  })

  await t.test('without an endpoint here the health check is 503, and gone with the Service', async () => {
    await api.patch(SLICE, { endpoints: [] }, 'merge')
    await until('it is 503', async () => (await statusOf(check)) === 503, current.output)
    await api.remove({ apiVersion: 'v1', kind: 'Service', name: 'web' })
    await until('nobody listens', async () => (await statusOf(check)) === 0, current.output)
  })

  await t.test('without a proxy status says so, and shows the kernel', async (t) => {
    t.equal(await current.stop(), 0)
    const { exitCode, stdout } = selvedgeStatus()
    t.equal(exitCode, 1)
    t.match(stdout, /^no proxy runs in this network namespace; this is what the kernel holds\n/)
  })
})
