import t, { type Test } from 'tap'
import type { ClusterEvent } from '../services/types.ts'
import { ListWatch } from './list-watch.ts'
import { nodeNamed } from './resource.ts'
import { SimulatedApi } from './simulated-api.ts'
import { SimulatedClock, settle } from './simulated-clock.ts'
import { simulatedLog } from './simulated-log.ts'
import { TIMING } from './timing.ts'

const node = (name: string, address: string, resourceVersion: string): object => ({
  metadata: { name, resourceVersion },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

const added = (name: string, address: string, version: string): object => ({ type: 'ADDED', object: node(name, address, version) })
const deleted = (name: string, version: string): object => ({ type: 'DELETED', object: node(name, '10.0.0.1', version) })
const bookmark = (resourceVersion: string, annotations = {}): object => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion, annotations } },
})
const listed = (version: string): object => bookmark(version, { 'k8s.io/initial-events-end': 'true' })

const start = (t: Test) => {
  const api = new SimulatedApi()
  const clock = new SimulatedClock()
  const log = simulatedLog()
  const happened: string[] = []
  const onEvents = (events: readonly ClusterEvent[]): void => {
    for (const { key, value } of events)
      happened.push(value === undefined ? `-${key}` : `+${key} ${'addresses' in value ? value.addresses : ''}`)
  }
  const onListed = (): void => void happened.push('listed')
  const watch = new ListWatch({ api, clock, log, timing: TIMING, resource: nodeNamed('a'), onEvents, onListed })
  watch.start()
  t.teardown(() => watch.stop())
  return { api, clock, log, happened, watch }
}

/** Answers the open request with everything that exists, and lets it come in. */
const answerList = async ({ api }: { readonly api: SimulatedApi }, ...messages: readonly object[]): Promise<void> => {
  await settle()
  api.last.answer()
  api.last.send(...messages)
  await settle()
}

t.test('the first request asks for everything that exists and for what happens afterwards', async (t) => {
  const { api } = start(t)
  await settle()
  const { path, query, gzip } = api.last.request
  t.equal(path, '/api/v1/nodes')
  t.equal(gzip, false)
  t.strictSame(query, {
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '450',
    fieldSelector: 'metadata.name=a',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  })
})

t.test('the list is complete at its bookmark, and the watch goes on', async (t) => {
  const world = start(t)
  await answerList(world, added('a', '10.0.0.1', '5'))
  t.strictSame(world.happened, ['+a 10.0.0.1'])
  t.equal(world.watch.status.listed, false)
  world.api.last.send(listed('7'))
  await settle()
  world.api.last.send(added('a', '10.0.0.2', '8'), deleted('a', '9'))
  await settle()
  t.strictSame(world.happened, ['+a 10.0.0.1', 'listed', '+a 10.0.0.2', '-a'])
  t.equal(world.api.calls.length, 1)
})

t.test('a watch that ends is begun again at once from the last version, be it an event or a bookmark', async (t) => {
  const world = start(t)
  await answerList(world, listed('7'), added('a', '10.0.0.1', '8'))
  await world.clock.pass(2000)
  world.api.last.end()
  await settle()
  t.match(world.api.last.request.query, { resourceVersion: '8', sendInitialEvents: undefined, resourceVersionMatch: undefined })
  await answerList(world, bookmark('30'))
  await world.clock.pass(2000)
  world.api.last.end()
  await settle()
  t.equal(world.api.last.request.query.resourceVersion, '30')
  t.strictSame(world.watch.status.restarts, { ended: 2 })
  t.strictSame(world.log.lines, [])
})

t.test('a server without streaming lists is asked for pages, and then to watch from their version', async (t) => {
  const world = start(t)
  await settle()
  world.api.last.answer(400)
  world.api.last.end()
  await settle()
  t.match(world.api.last.request, { path: '/api/v1/nodes', gzip: true, query: { limit: '500', fieldSelector: 'metadata.name=a' } })
  world.api.last.answer()
  world.api.last.sendRaw(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [node('a', '10.0.0.1', '3')] }))
  world.api.last.end()
  await settle()
  t.strictSame(world.happened, ['+a 10.0.0.1', 'listed'])
  t.match(world.api.last.request.query, { watch: 'true', resourceVersion: '7' })
})

t.test('a version that is too old leads to a new list, and what vanished meanwhile is gone', async (t) => {
  for (const how of ['status', 'event'] as const) {
    const world = start(t)
    await answerList(world, added('a', '10.0.0.1', '5'), added('b', '10.0.0.2', '6'), added('c', '10.0.0.3', '7'), listed('7'))
    if (how === 'event') world.api.last.send({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
    else {
      await world.clock.pass(2000)
      world.api.last.end()
      await settle()
      world.api.last.answer(410)
      world.api.last.end()
    }
    await world.clock.pass(100)
    t.match(world.api.last.request.query, { sendInitialEvents: 'true', resourceVersion: undefined }, how)
    world.happened.splice(0)
    await answerList(world, added('a', '10.0.0.1', '5'), added('c', '10.0.0.4', '9'))
    t.strictSame(world.happened, ['+c 10.0.0.4'], 'nothing is deleted before the list is complete')
    world.api.last.send(listed('20'))
    await settle()
    t.strictSame(world.happened, ['+c 10.0.0.4', '-b'])
    t.match(world.watch.status, { relists: 1, objects: 2, restarts: { expired: 1 } })
  }
})

t.test('a list that breaks off is begun again, and deletes nothing', async (t) => {
  const world = start(t)
  await answerList(world, added('a', '10.0.0.1', '5'), added('b', '10.0.0.2', '6'), listed('7'), { type: 'ERROR', object: { code: 410 } })
  await world.clock.pass(100)
  await answerList(world, added('a', '10.0.0.1', '5'))
  world.api.last.break()
  await world.clock.pass(100)
  t.match(world.api.last.request.query, { sendInitialEvents: 'true', resourceVersion: undefined })
  t.strictSame(world.happened, ['+a 10.0.0.1', '+b 10.0.0.2', 'listed'])
})

t.test('a connection on which nothing comes is given up, and a bookmark is enough to keep it', async (t) => {
  const world = start(t)
  await answerList(world, listed('7'))
  for (let minute = 1; minute <= 5; minute++) {
    await world.clock.pass(60_000)
    world.api.last.send(bookmark(String(10 + minute)))
    await settle()
  }
  t.equal(world.api.calls.length, 1)
  await world.clock.pass(105_000)
  t.equal(world.api.calls[0]?.request.signal.aborted, true)
  await world.clock.pass(100)
  t.equal(world.api.calls.length, 2)
  t.equal(world.api.last.request.query.resourceVersion, '15')
  t.strictSame(world.watch.status.restarts, { silent: 1 })
})

t.test('a server that never ends its initial events is asked for pages', async (t) => {
  const world = start(t)
  await answerList(world, added('a', '10.0.0.1', '5'))
  await world.clock.pass(105_100)
  t.match(world.api.last.request.query, { limit: '500' })
})

t.test('a server that says when to come back is left alone until then', async (t) => {
  const world = start(t)
  await settle()
  world.api.last.answer(429, 3)
  world.api.last.end()
  await world.clock.pass(3099)
  t.equal(world.api.calls.length, 1)
  await world.clock.pass(1)
  t.equal(world.api.calls.length, 2)
  t.strictSame(world.watch.status.restarts, { throttled: 1 })
})

t.test('credentials that are refused are read anew', async (t) => {
  const world = start(t)
  await settle()
  world.api.last.answer(401)
  world.api.last.end()
  await world.clock.pass(100)
  t.equal(world.api.reloads, 1)
  t.equal(world.api.calls.length, 2)
})

t.test('the wait between failing connections grows, and an answer without any event resets it', async (t) => {
  const world = start(t)
  for (const wait of [100, 200, 400, 800]) {
    await settle()
    world.api.last.break()
    await settle()
    t.equal(world.clock.next, wait)
    await world.clock.pass(wait)
  }
  await answerList(world)
  world.api.last.break()
  await settle()
  t.equal(world.clock.next, 100)
})

t.test('garbage leads to a new list, and what came before it counts', async (t) => {
  const world = start(t)
  await answerList(world, listed('7'))
  world.api.last.sendRaw(
    `${JSON.stringify(added('a', '10.0.0.1', '8'))}\n{"type":"ADDED","object":{"meta\n${JSON.stringify(deleted('a', '9'))}\n`,
  )
  await settle()
  t.strictSame(world.happened, ['listed', '+a 10.0.0.1'])
  await world.clock.pass(100)
  t.match(world.api.last.request.query, { sendInitialEvents: 'true', resourceVersion: undefined })
  t.strictSame(world.watch.status.restarts, { garbage: 1 })
})

t.test('a connection that ends within a line goes on from the last whole one', async (t) => {
  const world = start(t)
  await answerList(world, listed('7'), added('a', '10.0.0.1', '8'))
  world.api.last.sendRaw('{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"9"')
  await settle()
  world.api.last.end()
  await world.clock.pass(100)
  t.equal(world.api.last.request.query.resourceVersion, '8')
  t.strictSame(world.happened, ['listed', '+a 10.0.0.1'])
})

t.test('there is never more than one open request', async (t) => {
  const world = start(t)
  const open = () => world.api.calls.filter(({ request }) => !request.signal.aborted).length
  await answerList(world, listed('7'))
  for (const disturb of ['break', 'end', 'break'] as const) {
    t.equal(open(), 1)
    world.api.last[disturb]()
    await world.clock.pass(10_000)
    world.api.last.answer()
    await settle()
  }
  t.equal(open(), 1)
  t.equal(world.api.calls.length, 4)
  t.equal(world.watch.status.generation, 4)
})

t.test('handling that takes long lets others at the event loop, and gives what it has before', async (t) => {
  const world = start(t)
  await answerList(world, listed('7'))
  const before = world.clock.turns
  world.clock.costOfLooking = TIMING.slice
  world.api.last.send(added('a', '10.0.0.1', '8'))
  world.api.last.send(added('a', '10.0.0.2', '9'))
  await settle()
  t.equal(world.clock.turns - before, 2)
  t.strictSame(world.happened, ['listed', '+a 10.0.0.1', '+a 10.0.0.2'])
})

t.test('a stopped watch closes its connection, leaves no timer and tells nothing more', async (t) => {
  const world = start(t)
  await answerList(world, listed('7'))
  const stopped = world.watch.stop()
  world.api.last.send(added('a', '10.0.0.1', '8'))
  await stopped
  await settle()
  t.equal(world.api.last.request.signal.aborted, true)
  t.equal(world.clock.waiting, 0)
  t.strictSame(world.happened, ['listed'])
})

t.test('a watch that is stopped while it waits to try again ends at once', async (t) => {
  const world = start(t)
  await settle()
  world.api.last.break()
  await settle()
  await world.watch.stop()
  t.equal(world.clock.waiting, 0)
  t.equal(world.api.calls.length, 1)
})

t.test('the status tells how old the last message is', async (t) => {
  const world = start(t)
  await settle()
  t.match(world.watch.status, { listed: false, watching: false, lastEventAge: undefined })
  await answerList(world, listed('7'))
  await world.clock.pass(250)
  t.match(world.watch.status, {
    resource: 'nodes',
    listed: true,
    watching: true,
    lastEventAge: 250,
    generation: 1,
    relists: 0,
    rejected: 0,
  })
})
