import t from 'tap'
import { settle } from './testing/simulated-clock.ts'
import { added, answerList, bookmark, deleted, listed, node, startSimulated as start } from './testing/simulated-world.ts'

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
  await world.clock.pass(19_900)
  t.equal(world.api.calls.length, 1)
  await world.clock.pass(100)
  t.match(world.api.last.request.query, { limit: '500' }, 'long before the proxy gives up listing')
  t.match(world.watch.status, { restarts: { silent: 1 } })
})

t.test('a server that accepts a streaming list and does not even answer is asked for pages too', async (t) => {
  const world = start(t)
  await world.clock.pass(20_000)
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
