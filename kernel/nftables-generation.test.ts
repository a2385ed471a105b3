import t from 'tap'
import { generationReaderOver } from './nftables-generation.ts'
import { hex } from './testing/bytes.ts'
import { answer, message, scripted } from './testing/scripted-socket.ts'

const NEWGEN = 0x0a0f
const told = (sequence: number, id: string): Buffer =>
  message({ type: NEWGEN, sequence, payload: hex(`00 00 0102  0800 0100 ${id}  0800 0200 00000fff`) })

/** A reader whose sockets play these kernels, one after another. */
const scene = (...plays: (() => Buffer[])[]) => {
  const sockets = plays.map((play) => scripted(play))
  let opened = 0
  const reader = generationReaderOver(() => {
    const next = sockets[opened]
    opened += 1
    if (next === undefined) throw new Error('no more sockets')
    return next.socket
  })
  return { reader, sockets, opened: () => opened }
}

t.test('every question goes over one socket, and is one message that asks for no acknowledgement', async (t) => {
  let id = 6
  const { reader, sockets, opened } = scene(() => [told(1, `0000000${++id}`)])
  t.same([reader.read(), reader.read()], [7, 8])
  t.equal(opened(), 1)
  t.match(sockets[0]?.sent, [[{ type: 0x0a10, flags: 1, payload: hex('00 00 0000') }], [{ type: 0x0a10 }]])
})

t.test('an answer that comes again, and one that comes again later, are what they say', async (t) => {
  const ids = ['00000007', '00000007', '00000008', '00000007']
  const { reader } = scene(() => [told(1, ids.shift() ?? '')])
  t.same([reader.read(), reader.read(), reader.read(), reader.read()], [7, 7, 8, 7])
})

t.test('a socket that fails is closed and replaced', async (t) => {
  const fails = (): Buffer[] => {
    throw new Error('broken')
  }
  const { reader, sockets, opened } = scene(fails, () => [told(1, '00000003')])
  t.equal(reader.read(), 3)
  t.equal(sockets[0]?.isClosed(), true)
  t.equal(reader.read(), 3)
  t.equal(opened(), 2)
})

t.test('a refusal and silence are errors when a new socket has nothing better', async (t) => {
  const refusing = scene(
    () => [answer(1, 1)],
    () => [answer(1, 1)],
  )
  t.throws(() => refusing.reader.read(), { code: 'EPERM' })
  const silent = scene(
    () => [],
    () => [],
    () => [told(1, '00000004')],
  )
  t.throws(() => silent.reader.read(), { code: 'EPROTO' })
  t.equal(silent.reader.read(), 4, 'and the next question is put anew')
})

t.test('closing closes the socket', async (t) => {
  const { reader, sockets } = scene(() => [])
  reader.close()
  t.equal(sockets[0]?.isClosed(), true)
})
