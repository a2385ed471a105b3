import t from 'tap'
import { type EventFacts, eventName, eventObject, eventPatch } from './event.ts'

const facts: EventFacts = {
  service: { key: 'shop/web', uid: 'u-1' },
  notice: { type: 'Warning', reason: 'ExternalAddressRefused', message: 'externalIPs: 10.0.0.1 is inside the cluster; it is not served' },
  node: 'node-a',
  count: 3,
  first: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  last: Date.UTC(2026, 0, 2, 4, 0, 0),
}

t.test('an Event is about its Service, in its namespace, and says what, how often and since when', async (t) => {
  t.strictSame(eventObject(facts), {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.c8d253bbe10f60e2', namespace: 'shop' },
    involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web', uid: 'u-1' },
    reason: 'ExternalAddressRefused',
    type: 'Warning',
    source: { component: 'selvedge-proxy', host: 'node-a' },
    reportingComponent: 'selvedge-proxy',
    reportingInstance: 'node-a',
    firstTimestamp: '2026-01-02T03:04:05Z',
    message: 'externalIPs: 10.0.0.1 is inside the cluster; it is not served',
    lastTimestamp: '2026-01-02T04:00:00Z',
    count: 3,
  })
})

t.test('a Service and a reason have one Event, whatever the message, the count and the node', async (t) => {
  const name = eventName(facts)
  t.equal(eventName({ ...facts, node: 'node-b', count: 9, notice: { ...facts.notice, message: 'other words' } }), name)
  t.not(eventName({ ...facts, notice: { ...facts.notice, reason: 'AddressInUse' } }), name)
  t.not(eventName({ ...facts, service: { key: 'shop/web', uid: 'u-2' } }), name, 'a Service of the same name, made anew')
})

t.test('what is wrong on one node only has an Event for each node', async (t) => {
  const taken = { ...facts, notice: { ...facts.notice, reason: 'HealthCheckNodePortUnavailable' as const } }
  t.not(eventName(taken), eventName({ ...taken, node: 'node-b' }))
})

t.test('a message that the API server would refuse for its length is cut', async (t) => {
  const long = { ...facts, notice: { ...facts.notice, message: 'x'.repeat(5_000) } }
  t.strictSame(eventPatch(long), { message: 'x'.repeat(1_024), lastTimestamp: '2026-01-02T04:00:00Z', count: 3 })
})

t.test('a Service without a uid is named without one', async (t) => {
  t.strictSame(eventObject({ ...facts, service: { key: 'shop/web', uid: '' } }).involvedObject, {
    apiVersion: 'v1',
    kind: 'Service',
    namespace: 'shop',
    name: 'web',
  })
})
