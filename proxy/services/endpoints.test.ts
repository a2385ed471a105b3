import t from 'tap'
import { chooseEndpoints } from './endpoints.ts'
import { endpoint, port, slice } from './testing/builders.ts'
import type { EndpointSlice, ServicePort } from './types.ts'

const choose = (slices: readonly EndpointSlice[], tweaks: Partial<ServicePort> = {}, family: 4 | 6 = 4) => {
  const { cluster, local } = chooseEndpoints({ port: port(tweaks), family, slices, node: { name: 'node-a', zone: 'zone-a' } })
  const text = (chosen: typeof cluster): string[] => chosen.map(({ address, port: number }) => `${address}:${number}`)
  return { cluster: text(cluster), local: text(local) }
}
const here = { nodeName: 'node-a' }
const ending = { ready: false, serving: true, terminating: true }
const gone = { ready: false, serving: false, terminating: true }

t.test('traffic policy Cluster takes every ready endpoint, Local the ready ones of this node', async (t) => {
  const chosen = choose([slice('a/b', [endpoint('10.1.0.1', here), '10.1.1.1'])])
  t.same(chosen, { cluster: ['10.1.0.1:8080', '10.1.1.1:8080'], local: ['10.1.0.1:8080'] })
})

t.test('an endpoint that ends but still serves gets traffic only when none is ready', async (t) => {
  t.same(choose([slice('a/b', ['10.1.1.1', endpoint('10.1.1.2', ending)])]).cluster, ['10.1.1.1:8080'])
  t.same(choose([slice('a/b', [endpoint('10.1.1.2', ending), endpoint('10.1.1.3', gone)])]).cluster, ['10.1.1.2:8080'])
})

t.test('the fall-back to ending endpoints is decided for Local apart from Cluster', async (t) => {
  const chosen = choose([slice('a/b', ['10.1.1.1', endpoint('10.1.0.2', { ...here, ...ending })])])
  t.same(chosen, { cluster: ['10.1.1.1:8080'], local: ['10.1.0.2:8080'] })
})

t.test('an endpoint that is neither ready nor serving never gets traffic', async (t) => {
  const unready = { ready: false, serving: false, terminating: false }
  t.same(choose([slice('a/b', [endpoint('10.1.1.1', unready), endpoint('10.1.1.2', gone)])]), { cluster: [], local: [] })
})

t.test('an endpoint that serves without ending is not ready, and gets nothing', async (t) => {
  t.same(choose([slice('a/b', [endpoint('10.1.1.1', { ready: false, serving: true, terminating: false })])]).cluster, [])
})

t.test('a port is matched by name and protocol, and its number is the slice’s own', async (t) => {
  const named = (name: string, number: number) => ({ ports: [{ name, protocol: 'tcp' as const, port: number }] })
  const slices = [
    slice('a/b', ['10.1.1.1'], { key: 'a/b-1', ...named('http', 8080) }),
    slice('a/b', ['10.1.1.2'], { key: 'a/b-2', ...named('http', 9090) }),
    slice('a/b', ['10.1.1.3'], { key: 'a/b-3', ...named('admin', 8080) }),
  ]
  t.same(choose(slices, { name: 'http' }).cluster, ['10.1.1.1:8080', '10.1.1.2:9090'])
  t.same(choose(slices, { name: 'http', protocol: 'udp' }).cluster, [])
})

t.test('slices of the other address family do not count', async (t) => {
  const slices = [slice('a/b', ['10.1.1.1']), slice('a/b', ['2001:db8::1'], { key: 'a/b-6', family: 6 })]
  t.same(choose(slices, {}, 6).cluster, ['2001:db8::1:8080'])
})

t.test('an endpoint that is in two slices counts once, and as ready when one of them says so', async (t) => {
  const unready = endpoint('10.1.1.1', { ready: false, serving: false })
  t.same(choose([slice('a/b', [unready]), slice('a/b', ['10.1.1.1'], { key: 'a/b-2' })]).cluster, ['10.1.1.1:8080'])
  t.same(choose([slice('a/b', ['10.1.1.1']), slice('a/b', [unready], { key: 'a/b-2' })]).cluster, ['10.1.1.1:8080'])
})

t.test('an endpoint whose node is unknown is never local, not even on a node without a name', async (t) => {
  const nowhere = endpoint('10.1.1.1', { nodeName: '' })
  t.same(chooseEndpoints({ port: port(), family: 4, slices: [slice('a/b', [nowhere])], node: { name: '', zone: '' } }).local, [])
})

t.test('hints are looked at after family, protocol and port name: what belongs to another port neither has nor spoils them', async (t) => {
  const zoned = (address: string, zone: string) => endpoint(address, { forZones: [zone] })
  const ports = (name: string) => ({ ports: [{ name, protocol: 'tcp' as const, port: 8080 }] })
  const slices = [
    slice('a/b', [zoned('10.1.1.1', 'zone-b'), zoned('10.1.1.2', 'zone-b')], { key: 'a/b-1', ...ports('http') }),
    slice('a/b', [zoned('10.1.1.3', 'zone-a')], { key: 'a/b-2', ...ports('admin') }),
    slice('a/b', [zoned('10.1.1.4', 'zone-a'), '10.1.1.5'], { key: 'a/b-3', ports: [{ name: 'http', protocol: 'udp', port: 53 }] }),
    slice('a/b', [zoned('2001:db8::1', 'zone-a'), '2001:db8::2'], { key: 'a/b-6', family: 6, ...ports('http') }),
  ]
  t.same(choose(slices, { name: 'http' }).cluster, ['10.1.1.1:8080', '10.1.1.2:8080'])
  t.same(choose(slices, { name: 'admin' }).cluster, ['10.1.1.3:8080'])
  t.same(choose(slices, { name: 'http', protocol: 'udp' }).cluster, ['10.1.1.4:53', '10.1.1.5:53'])
  t.same(choose(slices, { name: 'http' }, 6).cluster, ['2001:db8::1:8080', '2001:db8::2:8080'])
})

t.test('hints of several slices of one port count together', async (t) => {
  const near = slice('a/b', [endpoint('10.1.1.1', { forZones: ['zone-a'] })])
  const far = slice('a/b', [endpoint('10.1.1.2', { forZones: ['zone-b'] })], { key: 'a/b-2' })
  t.same(choose([near, far]).cluster, ['10.1.1.1:8080'])
  t.same(choose([near, far, slice('a/b', ['10.1.1.3'], { key: 'a/b-3' })]).cluster, ['10.1.1.1:8080', '10.1.1.2:8080', '10.1.1.3:8080'])
})

t.test('hints narrow neither the Local set nor the fall-back to ending endpoints', async (t) => {
  const away = { forZones: ['zone-b'] }
  const chosen = choose([slice('a/b', [endpoint('10.1.0.1', { ...here, ...away }), endpoint('10.1.1.2', { forZones: ['zone-a'] })])])
  t.same(chosen, { cluster: ['10.1.1.2:8080'], local: ['10.1.0.1:8080'] })
  const endings = [endpoint('10.1.1.1', { ...ending, ...away }), endpoint('10.1.1.2', { ...ending, forZones: ['zone-a'] })]
  t.same(choose([slice('a/b', endings)]).cluster, ['10.1.1.1:8080', '10.1.1.2:8080'])
})

t.test('of an endpoint in two slices, one that ends counts before one that does nothing', async (t) => {
  const slices = [slice('a/b', [endpoint('10.1.1.1', ending)]), slice('a/b', [endpoint('10.1.1.1', gone)], { key: 'a/b-2' })]
  t.same(choose(slices).cluster, ['10.1.1.1:8080'])
  t.same(choose(slices.toReversed()).cluster, ['10.1.1.1:8080'])
})
