import t from 'tap'
import { endpoint, port, service, slice } from '../services/testing/builders.ts'
import type { EndpointSlice } from '../services/types.ts'
import { countLocalEndpoints, healthCheckAnswer } from './answer.ts'

const web = service('shop/web', { ports: [port({ name: 'http' }), port({ name: 'dns', protocol: 'udp', port: 53 })] })
const http = [{ name: 'http', protocol: 'tcp', port: 8080 }] as const
const here = (address: string, tweaks: object = {}) => endpoint(address, { nodeName: 'node-a', ...tweaks })
const count = (slices: readonly EndpointSlice[]) => countLocalEndpoints({ service: web, slices, family: 4, nodeName: 'node-a' })

t.test('ready endpoints of this node are counted by address, over all slices and ports', async (t) => {
  const one = slice('shop/web', [here('10.20.0.2'), here('10.20.0.3'), endpoint('10.20.1.2')], { ports: http })
  const other = slice('shop/web', [here('10.20.0.3'), here('10.20.0.4')], { ports: [{ name: 'dns', protocol: 'udp', port: 53 }] })
  t.equal(count([one, other]), 3)
})

t.test('what is not ready, terminates, belongs to no port, is of the other family or of an unknown node does not count', async (t) => {
  const gone = here('10.20.0.2', { ready: false, serving: true, terminating: true })
  t.equal(
    count([slice('shop/web', [gone, here('10.20.0.3', { ready: false }), endpoint('10.20.0.4', { nodeName: '' })], { ports: http })]),
    0,
  )
  t.equal(count([slice('shop/web', [here('10.20.0.2')], { ports: [{ name: 'admin', protocol: 'tcp', port: 1 }] })]), 0)
  t.equal(count([slice('shop/web', [here('fd00::2')], { ports: http, family: 6 })]), 0)
})

t.test('three hundred endpoints are three hundred', async (t) => {
  const many = Array.from({ length: 300 }, (_, index) => here(`10.20.${index >> 8}.${index & 255}`))
  t.equal(count([slice('shop/web', many, { ports: http })]), 300)
})

const asked = { key: 'shop/web', localEndpoints: 2, healthy: true }

t.test('with endpoints here and a healthy proxy it is 200, with the weight as a header', async (t) => {
  t.strictSame(healthCheckAnswer(asked), {
    status: 200,
    type: 'application/json',
    body: '{"service":{"namespace":"shop","name":"web"},"localEndpoints":2,"serviceProxyHealthy":true}',
    headers: { 'X-Content-Type-Options': 'nosniff', 'X-Load-Balancing-Endpoint-Weight': '2' },
  })
})

t.test('without endpoints here, or with a proxy that is stuck, it is 503', async (t) => {
  t.strictSame(healthCheckAnswer({ ...asked, localEndpoints: 0 }), {
    status: 503,
    type: 'application/json',
    body: '{"service":{"namespace":"shop","name":"web"},"localEndpoints":0,"serviceProxyHealthy":true}',
    headers: { 'X-Content-Type-Options': 'nosniff', 'X-Load-Balancing-Endpoint-Weight': '0' },
  })
  const { status, body } = healthCheckAnswer({ ...asked, healthy: false })
  t.strictSame([status, body], [503, '{"service":{"namespace":"shop","name":"web"},"localEndpoints":2,"serviceProxyHealthy":false}'])
})
