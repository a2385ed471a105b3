import t from 'tap'
import { KernelError } from '../errno.ts'
import { type Heard, newsOver } from './news.ts'
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

/** A message of the kernel, with the number that its header has at byte 20: a link's index, or what nobody reads. */
const message = (type: number, at20 = 0): Buffer => {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt16LE(type, 4)
  bytes.writeInt32LE(at20, 20)
  return bytes
}

const heard = (...kinds: readonly ('missed' | 'addresses' | 'routes' | number)[]): Heard => ({
  missed: kinds.includes('missed'),
  addresses: kinds.includes('addresses'),
  routes: kinds.includes('routes'),
  links: new Set(kinds.filter((kind) => typeof kind === 'number')),
})

const [NEWLINK, DELLINK, NEWADDR, DELADDR, DELROUTE] = [16, 17, 20, 21, 25]

t.test('what happened is told once, by its kind, however much it was', async (t) => {
  const { news, queue } = scene()
  t.same(news.heard(), heard())
  queue.push(message(NEWLINK, 5), message(DELLINK, 300), message(NEWLINK, 5))
  t.same(news.heard(), heard(5, 300))
  t.same(news.heard(), heard())
  for (const [type, kind] of [
    [NEWADDR, 'addresses'],
    [DELADDR, 'addresses'],
    [DELROUTE, 'routes'],
  ] as const) {
    queue.push(message(type))
    t.same(news.heard(), heard(kind))
    t.same(news.heard(), heard())
  }
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
  t.same(news.heard(), heard('missed'))
  t.same(counts, { ...counts, opened: 1, closed: 1 })
  queue.push(message(NEWADDR))
  t.same(news.heard(), heard('missed', 'addresses'), 'what happened between the two sockets nobody heard')
  t.same(news.heard(), heard())
  t.equal(counts.opened, 2)
})

t.test('as long as no socket can be had everything may have happened, and it is tried ever less often', async (t) => {
  const { news, queue, refuse } = scene()
  news.heard()
  refuse(new KernelError('socket', EMFILE))
  queue.push(new KernelError('netlink receive', ENOBUFS))
  const looks = (count: number): string => Array.from({ length: count }, () => (news.heard().missed ? 'M' : '.')).join('')
  t.equal(looks(16), 'MM.M...M.......M')
  looks(16 + 32)
  t.equal(looks(2 * 64).match(/M/g)?.length, 2)
  refuse(undefined)
  t.equal(looks(64).match(/M/g)?.length, 1)
  queue.push(message(NEWADDR))
  t.same([news.heard(), news.heard()], [heard('addresses'), heard()])
})

t.test('closing closes the socket, once', async (t) => {
  const { news, counts } = scene()
  news.close()
  news.close()
  t.equal(counts.closed, 1)
})
