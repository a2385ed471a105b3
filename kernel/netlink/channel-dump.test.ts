import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { type Asked, answer, message, scripted } from '../testing/scripted-socket.ts'
import { channelOver } from './channel.ts'

const DONE = 3
const MULTI = 0x2
const INTERRUPTED = 0x10

const sequenceOf = (requests: readonly Asked[]): number => requests[0]?.sequence ?? -1
const REQUEST = { operation: 'ask', type: 18, flags: 0x400, payload: hex('01020304') }

t.test('a dump is read to its closing message, over as many datagrams as it comes in', async (t) => {
  const { socket, sent } = scripted((requests) => {
    const sequence = sequenceOf(requests)
    const part = (byte: string) => message({ type: 16, flags: MULTI, sequence, payload: hex(byte) })
    return [Buffer.concat([part('01'), part('02')]), part('03'), message({ type: DONE, flags: MULTI, sequence, payload: hex('00000000') })]
  })
  const replies = channelOver(socket).dump(REQUEST)
  t.same(
    replies.map(({ payload }) => payload),
    [hex('01'), hex('02'), hex('03')],
  )
  t.equal(sent[0]?.[0]?.flags, 0x701)
})

t.test('of a dump only what is asked for is kept, and without the datagram it came in', async (t) => {
  const { socket } = scripted((requests) => {
    const sequence = sequenceOf(requests)
    const part = (byte: string) => message({ type: 16, flags: MULTI, sequence, payload: hex(byte) })
    return [Buffer.concat([part('01'), part('02'), part('03')]), message({ type: DONE, flags: MULTI, sequence, payload: hex('00000000') })]
  })
  const replies = channelOver(socket).dump(REQUEST, ({ payload }) => payload[0] === 2)
  t.same(replies, [{ type: 16, flags: MULTI, sequence: 1, payload: hex('02') }])
})

t.test('a dump of nothing is empty, with or without a status in its end', async (t) => {
  const { socket } = scripted((requests, turn) => [
    message({ type: DONE, flags: MULTI, sequence: sequenceOf(requests), ...(turn === 1 ? {} : { payload: hex('00000000') }) }),
  ])
  const channel = channelOver(socket)
  t.same(channel.dump(REQUEST), [])
  t.same(channel.dump(REQUEST), [])
})

t.test('a dump can be refused at once, or fail at its end', async (t) => {
  const { socket } = scripted((requests, turn) => {
    const sequence = sequenceOf(requests)
    const failedEnd = message({ type: DONE, flags: MULTI, sequence, payload: hex('a1ffffff') })
    return turn === 1 ? [answer(sequence, 95)] : [message({ type: 16, flags: MULTI, sequence }), failedEnd]
  })
  const channel = channelOver(socket)
  t.throws(() => channel.dump(REQUEST), { code: 'EOPNOTSUPP' })
  t.throws(() => channel.dump(REQUEST), { code: 'EOPNOTSUPP' })
})

t.test('a dump that the kernel changed under is read again, wherever it says so', async (t) => {
  const { socket, sent } = scripted((requests, turn) => {
    const sequence = sequenceOf(requests)
    const part = message({ type: 16, flags: turn === 1 ? MULTI | INTERRUPTED : MULTI, sequence, payload: hex(`0${turn}`) })
    return [part, message({ type: DONE, flags: turn === 2 ? MULTI | INTERRUPTED : MULTI, sequence, payload: hex('00000000') })]
  })
  const replies = channelOver(socket).dump(REQUEST)
  t.same(replies, [{ type: 16, flags: MULTI, sequence: 3, payload: hex('03') }])
  t.equal(sent.length, 3)
})

t.test('a dump interrupted a hundred times gives up', async (t) => {
  const { socket, sent } = scripted((requests) => [message({ type: DONE, flags: MULTI | INTERRUPTED, sequence: sequenceOf(requests) })])
  t.throws(() => channelOver(socket).dump(REQUEST), { code: 'EINTR', message: /dump interrupted 100 times/ })
  t.equal(sent.length, 100)
})
