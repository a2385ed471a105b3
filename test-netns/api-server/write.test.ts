import t from 'tap'
import { resourceAt } from './resources.ts'
import { parseRoute, type Route } from './route.ts'
import { Store } from './store.ts'
import { Writer } from './write.ts'

const open = () => {
  const store = new Store()
  const writer = new Writer(store, () => '2026-01-02T03:04:05Z')
  const namespaces = resourceAt('v1', 'namespaces')
  if (namespaces === undefined) throw new Error('namespaces are known')
  writer.create({ resource: namespaces, namespace: undefined }, { metadata: { name: 'default' } })
  return { store, writer }
}

const route = (method: string, path: string): Route => parseRoute(method, new URL(path, 'https://server'))
const services = route('POST', '/api/v1/namespaces/default/services')
const web = route('PUT', '/api/v1/namespaces/default/services/web')
const merge = 'application/merge-patch+json'

t.test('a new object gets what the server gives', async (t) => {
  const { writer } = open()
  const { object, version } = writer.create(services, { metadata: { name: 'web', uid: 'mine' }, spec: { ports: [{ port: 80 }] } })
  t.match(object.metadata, {
    name: 'web',
    namespace: 'default',
    uid: /^[0-9a-f-]{36}$/,
    creationTimestamp: '2026-01-02T03:04:05Z',
    generation: 1,
  })
  t.equal(object.metadata.resourceVersion, String(version))
  t.match(object.spec, { type: 'ClusterIP', clusterIP: /^10\.96\./, sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' })
  t.match(object.spec, { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] })
})

t.test('addresses and node ports are given out once, and free again when their Service is gone', async (t) => {
  const { writer } = open()
  const fixed = { type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 80, nodePort: 30080 }] }
  writer.create(services, { metadata: { name: 'web' }, spec: fixed })
  t.throws(() => writer.create(services, { metadata: { name: 'a' }, spec: { clusterIP: '10.96.0.10' } }), {
    code: 422,
    message: /10\.96\.0\.10: provided IP is already allocated/,
  })
  t.throws(() => writer.create(services, { metadata: { name: 'a' }, spec: { ...fixed, clusterIP: '' } }), {
    code: 422,
    message: /30080: provided port is already allocated/,
  })
  writer.delete(web, undefined)
  t.match(writer.create(services, { metadata: { name: 'a' }, spec: fixed }).object.spec, fixed)
})

t.test('an update keeps what was allocated, and may not change an address', async (t) => {
  const { writer } = open()
  const { object } = writer.create(services, { metadata: { name: 'web' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } })
  const updated = writer.update(web, { metadata: { name: 'web' }, spec: { type: 'NodePort', ports: [{ port: 80 }, { port: 81 }] } }).object
  t.match(updated.spec, {
    clusterIP: (object.spec as { clusterIP: string }).clusterIP,
    ports: [{ nodePort: 30_000 }, { nodePort: 30_001 }],
  })
  t.equal(updated.metadata.generation, 2)
  t.throws(() => writer.patch(web, merge, { spec: { clusterIP: '10.96.9.9' } }), { code: 422, message: /immutable/ })
})

t.test('an update made from another version is a conflict', async (t) => {
  const { writer } = open()
  const { object } = writer.create(services, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } })
  writer.patch(web, merge, { metadata: { labels: { a: 'b' } } })
  t.throws(() => writer.update(web, object), { code: 409, reason: 'Conflict' })
  t.throws(() => writer.patch(web, merge, { metadata: { resourceVersion: '1' } }), { code: 409 })
  t.throws(() => writer.delete(web, { preconditions: { resourceVersion: '1' } }), { code: 409 })
  t.throws(() => writer.create(services, { metadata: { name: 'web' } }), { code: 409, reason: 'AlreadyExists' })
})

t.test('a write that changes nothing makes no version', async (t) => {
  const { store, writer } = open()
  const { object, version } = writer.create(services, { metadata: { name: 'web', labels: { a: 'b' } }, spec: { ports: [{ port: 80 }] } })
  let changes = 0
  store.subscribe(() => {
    changes += 1
  })
  t.equal(writer.patch(web, merge, { metadata: { labels: { a: 'b' } } }).version, version)
  t.equal(writer.update(web, object).version, version)
  t.equal(changes, 0)
})

t.test('status is written through its own path only', async (t) => {
  const { writer } = open()
  const nodes = route('POST', '/api/v1/nodes')
  writer.create(nodes, { metadata: { name: 'n' }, spec: { podCIDR: '10.20.0.0/24' }, status: { phase: 'new' } })
  const plain = writer.patch(route('PATCH', '/api/v1/nodes/n'), merge, { spec: { unschedulable: true }, status: { phase: 'x' } }).object
  t.match(plain, { spec: { unschedulable: true }, status: { phase: 'new' } })
  const status = writer.patch(route('PATCH', '/api/v1/nodes/n/status'), merge, {
    spec: { unschedulable: false },
    status: { phase: 'y' },
  }).object
  t.match(status, { spec: { unschedulable: true }, status: { phase: 'y' } })
})

t.test('an object needs a namespace that exists, a name, and its own kind', async (t) => {
  const { writer } = open()
  const elsewhere = route('POST', '/api/v1/namespaces/other/services')
  t.throws(() => writer.create(elsewhere, { metadata: { name: 'web' } }), { code: 404, message: 'namespaces "other" not found' })
  t.throws(() => writer.create(services, { metadata: { name: 'web', namespace: 'other' } }), { code: 400 })
  t.throws(() => writer.create(services, { metadata: {} }), { code: 422 })
  t.throws(() => writer.create(services, { metadata: { name: 'a/b' } }), { code: 422 })
  t.throws(() => writer.create(services, { kind: 'Pod', metadata: { name: 'web' } }), { code: 400 })
  t.throws(() => writer.update(web, { metadata: { name: 'web' } }), { code: 404 })
  t.match(writer.create(services, { metadata: { generateName: 'web-' } }).object.metadata, { name: /^web-[0-9a-f]{5}$/ })
})

t.test('a namespace takes along what is in it', async (t) => {
  const { store, writer } = open()
  writer.create(services, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } })
  writer.delete(route('DELETE', '/api/v1/namespaces/default'), undefined)
  t.strictSame(store.list(services.resource), [])
})

t.test('allocateLoadBalancerNodePorts: false leaves ports without a NodePort, until it is true', async (t) => {
  const { writer } = open()
  const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }, { port: 81, nodePort: 30081 }] }
  const { object } = writer.create(services, { metadata: { name: 'web' }, spec })
  t.match(object.spec, { ports: [{ nodePort: undefined }, { nodePort: 30_081 }] })
  const { object: after } = writer.patch({ ...web, verb: 'patch' }, merge, { spec: { allocateLoadBalancerNodePorts: true } })
  t.match(after.spec, { ports: [{ nodePort: 30_000 }, { nodePort: 30_081 }] })
})
