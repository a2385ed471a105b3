import t from 'tap'
import { elementWriterOver } from './nftables-elements.ts'
import { answer, message, scripted } from './testing/scripted-socket.ts'

const TABLE = { family: 'inet', table: 't' } as const
const ECHO = 0x8
const ACK = 0x4
const ERESTART = 85
const NEWGEN = 0x0a0f

const element = (last: number) => ({ key: Buffer.of(10, 96, 0, last) })
const add = (...elements: { readonly key: Buffer }[]) => [{ verb: 'add', set: 's', elements }] as const

/** nfgenmsg and the attribute ID. */
const generation = (sequence: number, id: number): Buffer =>
  message({ type: NEWGEN, sequence, payload: Buffer.of(0, 0, 0, 0, 8, 0, 1, 0, id >>> 24, (id >> 16) & 255, (id >> 8) & 255, id & 255) })

t.test('a change is three messages in one datagram: begin with the known generation, the elements, the end', async (t) => {
  const { socket, sent } = scripted(() => [generation(2, 8), answer(2)])
  const writer = elementWriterOver(socket)
  t.equal(writer.change(TABLE, add(element(1)), 7), 8)
  t.same(
    sent[0]?.map(({ type, flags, payload }) => ({ type, answered: flags & (ECHO | ACK), payload: payload.toString('hex') })),
    [
      { type: 0x10, answered: 0, payload: '0000000a0800010000000007' },
      {
        type: 0x0a0c,
        answered: ECHO | ACK,
        payload: `01000000${'06000100'}74000000${'06000200'}73000000${'14000380'}${'10000180'}${'0c000180'}${'08000100'}0a600001`,
      },
      { type: 0x11, answered: 0, payload: '0000000a' },
    ],
  )
  t.match(writer.counters, { messages: 3, datagrams: 1 })
})

t.test('only the first of many elements is echoed', async (t) => {
  const { socket, sent } = scripted(() => [generation(2, 8), answer(3)])
  elementWriterOver(socket).change(TABLE, add(element(1), element(2), element(3)), 7)
  t.same(
    sent[0]?.map(({ flags, payload }) => [(flags & ECHO) !== 0, payload.length > 50]),
    [
      [false, false],
      [true, false],
      [false, true],
      [false, false],
    ],
  )
})

t.test('a transaction that changes nothing makes no generation', async (t) => {
  const { socket } = scripted(() => [answer(2)])
  t.equal(elementWriterOver(socket).change(TABLE, add(element(1)), 7), 7)
})

t.test('when somebody else was first, the change is sent again and the generation is unknown', async (t) => {
  const { socket, sent } = scripted((_, turn) => (turn === 1 ? [answer(1, ERESTART)] : [generation(2, 9), answer(2)]))
  t.equal(elementWriterOver(socket).change(TABLE, add(element(1)), 7), undefined)
  t.same(
    sent.map(([begin]) => begin?.payload.toString('hex')),
    ['0000000a0800010000000007', '0000000a'],
  )
})

t.test('without a known generation none is learnt', async (t) => {
  const { socket } = scripted(() => [generation(2, 9), answer(2)])
  t.equal(elementWriterOver(socket).change(TABLE, add(element(1))), undefined)
})

t.test('nothing to do is nothing to send', async (t) => {
  const { socket, sent } = scripted(() => [])
  t.equal(elementWriterOver(socket).change(TABLE, [], 7), 7)
  t.same(sent, [])
})
