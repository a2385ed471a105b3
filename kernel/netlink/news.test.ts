import t from 'tap'
import { KernelError } from '../errno.ts'
import { newsOver } from './news.ts'
import type { NetlinkSocket } from './socket.ts'

const ENOBUFS = 105
const EMFILE = 24

/** Sockets in a group, into whose queue the test puts what the kernel sends. */
const scene = () => {
  const queue: (Buffer | Error)[] = []
  const counts = { opened: 0, closed: 0, received: 0 }
  let refused: Error | undefined
  const socket: NetlinkSocket = {
    fd: -1,
    port: 1,
    send: () => {
      throw new Error('nothing is asked')
    },
    receive: () => {
      counts.received += 1
      const next = queue.shift()
      if (next instanceof Error) throw next
      return next
    },
    join: () => {},
    close: () => {
      counts.closed += 1
    },
  }
  const news = newsOver(() => {
    if (refused !== undefined) throw refused
    counts.opened += 1
    return socket
  })
  return {
    news,
    queue,
    counts,
    refuse: (error: Error | undefined) => {
      refused = error
    },
  }
}

t.test('the first look is news, for nobody knows what was before', async (t) => {
  const { news } = scene()
  t.same([news.heard(), news.heard()], [true, false])
})

t.test('what happened is told once, however much it was', async (t) => {
  const { news, queue } = scene()
  news.heard()
  queue.push(Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4))
  t.same([news.heard(), news.heard()], [true, false])
})

t.test('while nothing happens a look is one system call', async (t) => {
  const { news, counts } = scene()
  news.heard()
  const before = counts.received
  news.heard()
  t.equal(counts.received, before + 1)
})

t.test('a loss is news, and a new socket starts with an empty queue', async (t) => {
  const { news, queue, counts } = scene()
  news.heard()
  queue.push(new KernelError('netlink receive', ENOBUFS))
  t.equal(news.heard(), true)
  t.same(counts, { ...counts, opened: 1, closed: 1 })
  t.equal(news.heard(), true, 'what happened between the two sockets nobody heard')
  t.equal(news.heard(), false)
  t.equal(counts.opened, 2)
})

t.test('as long as no socket can be had everything may have happened', async (t) => {
  const { news, queue, refuse } = scene()
  news.heard()
  refuse(new KernelError('socket', EMFILE))
  queue.push(new KernelError('netlink receive', ENOBUFS))
  t.same([news.heard(), news.heard(), news.heard()], [true, true, true])
  refuse(undefined)
  t.same([news.heard(), news.heard()], [true, false])
})

t.test('closing closes the socket, once', async (t) => {
  const { news, counts } = scene()
  news.close()
  news.close()
  t.equal(counts.closed, 1)
})
