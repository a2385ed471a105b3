import t from 'tap'
import { settle } from './testing/simulated-clock.ts'
import { added, answerList, bookmark, deleted, listed, startSimulated as start } from './testing/simulated-world.ts'
import { TIMING } from './timing.ts'

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
    trouble: undefined,
    unknown: 0,
    rejected: 0,
  })
})
