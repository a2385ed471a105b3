/** Events about Services at an API server: the proxy's own sender and recorder over TLS, with the rights of examples/rbac.yaml. */
import t from 'tap'
import { openEvents } from '../../proxy/events/open.ts'
import type { EventRecorder } from '../../proxy/events/recorder.ts'
import type { Log } from '../../proxy/log.ts'
import type { ServiceNotice } from '../../proxy/services/types.ts'
import { systemClock } from '../../proxy/watch/clock.ts'
import { textAt } from '../api-server/objects.ts'
import { startApiServer } from '../api-server/start.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { enterNewNamespace } from './enter-namespace.ts'

const notice: ServiceNotice = { type: 'Warning', reason: 'ExternalAddressRefused', message: 'externalIPs: 10.0.0.1 is not allowed' }

t.test('Events', requires('root', 'ip', 'openssl'), async (t) => {
  enterNewNamespace(t, 'events')
  const { client, kubeconfig } = await startApiServer(t, { address: '127.0.0.1' })
  const lines: string[] = []
  const results: string[] = []
  const write = (message: string): void => void lines.push(message)
  const log: Log = { error: write, warn: write, info: write, debug: () => {}, trace: () => {} }
  /** What one run of the proxy would send them with. */
  const start = (owner: { teardown(action: () => void): void }, node: string): EventRecorder => {
    const scheduler = { now: () => performance.now(), date: Date.now, after: systemClock.after }
    const metrics = { countEvent: (result: string) => void results.push(result) }
    const events = openEvents({ config: { kubeconfig }, node, clock: systemClock, scheduler, log, metrics })
    owner.teardown(() => events.close())
    return events
  }
  const sent = (count: number) =>
    until(
      `${count} Events are dealt with`,
      () => results.length >= count,
      () => [...results, ...lines],
    )
  const events = () => client.list({ apiVersion: 'v1', kind: 'Event' })
  const spec = { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }] }
  const web = await client.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec })
  const service = { key: 'default/web', uid: textAt(web.metadata.uid) }

  await t.test('a notice is an Event that kubectl describe finds: about this Service, by its uid', async (t) => {
    start(t, 'node-a').report(service, notice)
    await sent(1)
    const [event, ...others] = await events()
    t.same(others, [])
    t.match(event, {
      type: 'Warning',
      reason: 'ExternalAddressRefused',
      message: 'externalIPs: 10.0.0.1 is not allowed',
      count: 1,
      involvedObject: { kind: 'Service', namespace: 'default', name: 'web', uid: service.uid },
      source: { component: 'selvedge-proxy', host: 'node-a' },
      metadata: { namespace: 'default' },
    })
  })

  await t.test('another node, or the same after a restart, makes no second one', async (t) => {
    start(t, 'node-b').report(service, { ...notice, message: 'still not' })
    await sent(2)
    t.match(await events(), [{ message: 'still not', count: 1, source: { host: 'node-a' } }])
    t.equal((await events()).length, 1)
  })

  await t.test('a namespace that is gone is no reason to stop', async (t) => {
    const recorder = start(t, 'node-a')
    recorder.report({ key: 'gone/web', uid: 'x' }, notice)
    recorder.report(service, { ...notice, reason: 'AddressInUse', message: 'taken' })
    await sent(4)
    t.same(results.slice(2), ['refused', 'sent'])
  })

  await t.test('a server that fails for a while gets it later', async (t) => {
    await client.faults({ answers: [{ status: 500, count: 1, resource: 'events' }] })
    start(t, 'node-a').report(service, { ...notice, reason: 'InvalidSourceRange', message: 'no network' })
    await sent(6)
    t.same(results.slice(4), ['failed', 'sent'])
  })

  await t.test('without the right to write Events there is one line in the log, and silence', async (t) => {
    await client.faults({ answers: [{ status: 403, resource: 'events' }] })
    const recorder = start(t, 'node-a')
    for (const name of ['one', 'two', 'three']) recorder.report({ key: `default/${name}`, uid: name }, notice)
    await sent(7)
    await client.faults({ clear: true })
    recorder.report({ key: 'default/four', uid: 'four' }, notice)
    await new Promise((resolve) => setTimeout(resolve, 200))
    t.same(results.slice(6), ['forbidden'])
    t.same(lines, ['may not write Events: notices about Services are logged only (RBAC: create and patch of events)'])
  })
})
