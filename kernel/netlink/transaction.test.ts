import t from 'tap'
import { KernelError } from '../errno.ts'
import { answer, scripted } from '../testing/scripted-socket.ts'
import type { NetlinkRequest } from './message.ts'
import { transactionOver } from './transaction.ts'

const request = (operation: string, type: number): NetlinkRequest => ({ operation, type, flags: 0, payload: Buffer.alloc(4) })
const REQUESTS = [request('begin', 0x10), request('one', 0x0a08), request('two', 0x0a05), request('end', 0x11)]
const ACK = 0x4

t.test('a transaction is one datagram, and the last message before its end is acknowledged', async (t) => {
  const { socket, sent } = scripted(() => [answer(3)])
  transactionOver(socket, REQUESTS)
  t.equal(sent.length, 1)
  t.strictSame(
    sent[0]?.map(({ type, flags }) => [type, (flags & ACK) !== 0]),
    [
      [0x10, false],
      [0x0a08, false],
      [0x0a05, true],
      [0x11, false],
    ],
  )
})

t.test('a refusal of any message is told, also when the last one is acknowledged', async (t) => {
  const { socket } = scripted(() => [answer(2, 2), answer(3)])
  t.throws(() => transactionOver(socket, REQUESTS), { code: 'ENOENT', message: 'one: no such file or directory' })
})

t.test('a refusal of the whole is told', async (t) => {
  const { socket } = scripted(() => [answer(1, 16)])
  t.throws(() => transactionOver(socket, REQUESTS), { code: 'EBUSY', message: 'begin: device or resource busy' })
})

t.test('silence is no success', async (t) => {
  const { socket } = scripted(() => [])
  t.throws(() => transactionOver(socket, REQUESTS), { code: 'EPROTO', message: 'two: the kernel did not answer: protocol error' })
})

t.test('of several refusals the first is told, and none is left to be taken for an answer to the next transaction', async (t) => {
  const { socket, queue } = scripted((_, turn) => (turn === 1 ? [answer(2, 2), answer(3, 17)] : [answer(3)]))
  t.throws(() => transactionOver(socket, REQUESTS), { code: 'ENOENT', message: 'one: no such file or directory' })
  t.same(queue, [])
  t.doesNotThrow(() => transactionOver(socket, REQUESTS))
})

t.test('answers that were lost are told when the queue is empty', async (t) => {
  const { socket, queue } = scripted((_, turn) => (turn === 1 ? [answer(2, 2), answer(3, 17)] : [answer(3)]))
  let lost = true
  const lossy = {
    ...socket,
    receive: () => {
      if (!lost) return socket.receive()
      lost = false
      throw new KernelError('netlink receive', 105)
    },
  }
  t.throws(() => transactionOver(lossy, REQUESTS), { code: 'ENOBUFS' })
  t.same(queue, [])
  t.doesNotThrow(() => transactionOver(lossy, REQUESTS))
})
