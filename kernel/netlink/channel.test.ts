import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { type Asked, answer, message, PORT, scripted } from '../testing/scripted-socket.ts'
import { channelOver } from './channel.ts'

const ERROR = 2
const DONE = 3

const sequenceOf = (requests: readonly Asked[]): number => requests[0]?.sequence ?? -1
const REQUEST = { operation: 'ask', type: 18, flags: 0x400, payload: hex('01020304') }
const many = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, index) => ({ operation: `change ${index}`, type: 24, flags: 0, payload: Buffer.alloc(bytes) }))

t.test('a request asks for an acknowledgement, and numbers count up', async (t) => {
  const { socket, sent } = scripted((requests) => [answer(sequenceOf(requests))])
  const channel = channelOver(socket)
  t.same(channel.request(REQUEST), [])
  t.same(channel.request(REQUEST), [])
  t.same(sent, [
    [{ type: 18, flags: 0x405, sequence: 1, port: PORT, payload: hex('01020304') }],
    [{ type: 18, flags: 0x405, sequence: 2, port: PORT, payload: hex('01020304') }],
  ])
  t.same(channel.counters, { messages: 2, datagrams: 2 })
})

t.test('a query returns what stands before its acknowledgement, in one datagram or in two', async (t) => {
  const { socket } = scripted((requests, turn) => {
    const sequence = sequenceOf(requests)
    const found = message({ type: 16, sequence, payload: hex('aabb') })
    return turn === 1 ? [found, answer(sequence)] : [Buffer.concat([found, answer(sequence)])]
  })
  const channel = channelOver(socket)
  const expected = [{ type: 16, flags: 0, sequence: 1, payload: hex('aabb') }]
  t.same(channel.request(REQUEST), expected)
  t.same(channel.request(REQUEST), [{ ...expected[0], sequence: 2 }])
})

t.test('a refusal is thrown with the errno and the words of the kernel', async (t) => {
  const { socket } = scripted((requests) => {
    const payload = hex('edffffff 10000000 1200 0000 01000000 00000000 0e00 0100 6e6f20737563682069 00')
    return [message({ type: ERROR, flags: 0x300, sequence: sequenceOf(requests), payload })]
  })
  t.throws(() => channelOver(socket).request(REQUEST), { code: 'ENODEV', message: 'ask (no such i): no such device' })
})

t.test('answers to earlier requests are dropped', async (t) => {
  const { socket, queue } = scripted((requests) => [answer(sequenceOf(requests))])
  const channel = channelOver(socket)
  channel.request(REQUEST)
  queue.push(answer(1, 17), message({ type: 16, sequence: 1 }), message({ type: DONE, sequence: 1 }), message({ type: 16, sequence: 0 }))
  t.same(channel.request(REQUEST), [])
})

t.test('an answer that never comes is an error, not a wait', async (t) => {
  const { socket } = scripted(() => [])
  const channel = channelOver(socket)
  t.throws(() => channel.request(REQUEST), { code: 'EPROTO', message: /^ask: the kernel did not answer/ })
  t.throws(() => channel.dump(REQUEST), { code: 'EPROTO' })
  t.throws(() => channel.batch([REQUEST]), { code: 'EPROTO' })
})

t.test('an answer of a wrong length is an error', async (t) => {
  const { socket } = scripted((requests) => [answer(sequenceOf(requests)).subarray(0, 30)])
  t.throws(() => channelOver(socket).request(REQUEST), { code: 'EPROTO' })
})

t.test('a batch is one datagram, of which only the last message asks for an acknowledgement', async (t) => {
  const { socket, sent } = scripted((requests) => [answer(requests.at(-1)?.sequence ?? -1)])
  const channel = channelOver(socket)
  t.same(channel.batch(many(3, 12)), [undefined, undefined, undefined])
  t.same(
    sent.map((requests) => requests.map(({ flags, sequence }) => [flags, sequence])),
    [
      [
        [0x1, 1],
        [0x1, 2],
        [0x5, 3],
      ],
    ],
  )
  t.same(channel.counters, { messages: 3, datagrams: 1 })
})

t.test('a failure in the middle of a batch is that message’s outcome and stops no other', async (t) => {
  const { socket } = scripted((requests) => {
    const [first, second, , fourth] = requests.map(({ sequence }) => sequence)
    return [answer(second ?? -1, 17), answer((first ?? 0) - 1, 1), answer(fourth ?? -1, 3)]
  })
  const outcomes = channelOver(socket).batch(many(4, 12))
  t.match(outcomes, [undefined, { code: 'EEXIST', operation: 'change 1' }, undefined, { code: 'ESRCH', operation: 'change 3' }])
})

t.test('a batch larger than 16 KiB is split, and its outcomes stay in order', async (t) => {
  const { socket, sent } = scripted((requests, turn) => {
    const refused = turn === 2 ? [answer(requests[0]?.sequence ?? -1, 16)] : []
    return [...refused, answer(requests.at(-1)?.sequence ?? -1)]
  })
  const channel = channelOver(socket)
  const outcomes = channel.batch(many(40, 1000))
  t.same(
    sent.map((requests) => requests.length),
    [16, 16, 8],
  )
  t.same(channel.counters, { messages: 40, datagrams: 3 })
  t.same(
    outcomes.flatMap((outcome, index) => (outcome === undefined ? [] : [[index, outcome.code]])),
    [[16, 'EBUSY']],
  )
})

t.test('a message larger than 16 KiB is sent alone', async (t) => {
  const { socket, sent } = scripted((requests) => [answer(requests.at(-1)?.sequence ?? -1)])
  t.same(channelOver(socket).batch([...many(1, 12), ...many(1, 20_000), ...many(1, 12)]), [undefined, undefined, undefined])
  t.same(
    sent.map((requests) => requests.length),
    [1, 1, 1],
  )
})

t.test('an empty batch sends nothing', async (t) => {
  const { socket, sent } = scripted(() => [])
  t.same(channelOver(socket).batch([]), [])
  t.same(sent, [])
})

t.test('numbers go round at 2^32, also within a batch', async (t) => {
  const { socket, sent } = scripted((requests) => [
    ...(requests.length > 2 ? [answer(requests[2]?.sequence ?? -1, 17)] : []),
    answer(requests.at(-1)?.sequence ?? -1),
  ])
  const channel = channelOver(socket, 0xffff_fffe)
  t.match(channel.batch(many(4, 4)), [undefined, undefined, { code: 'EEXIST' }, undefined])
  t.same(channel.request(REQUEST), [])
  t.same(
    sent.flat().map(({ sequence }) => sequence),
    [0xffff_fffe, 0xffff_ffff, 0, 1, 2],
  )
})

t.test('closing a channel closes its socket', async (t) => {
  const { socket, isClosed } = scripted(() => [])
  channelOver(socket).close()
  t.ok(isClosed())
})

t.test('a query for one thing asks for no acknowledgement, and ends with its answer or a refusal', async (t) => {
  const { socket, sent, queue } = scripted((requests, turn) => {
    const sequence = sequenceOf(requests)
    return [turn === 1 ? message({ type: 16, sequence, payload: hex('aabb') }) : answer(sequence, 19)]
  })
  const channel = channelOver(socket)
  queue.push(message({ type: 16, sequence: 0 }))
  t.same(channel.request({ ...REQUEST, isPointQuery: true }), [{ type: 16, flags: 0, sequence: 1, payload: hex('aabb') }])
  t.equal(sent[0]?.[0]?.flags, 0x401)
  t.throws(() => channel.request({ ...REQUEST, isPointQuery: true }), { code: 'ENODEV' })
})
