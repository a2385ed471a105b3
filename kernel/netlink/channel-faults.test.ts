import t from 'tap'
import { hasCode, KernelError } from '../errno.ts'
import { answer, message, scripted } from '../testing/scripted-socket.ts'
import { channelOver } from './channel.ts'
import type { NetlinkRequest } from './message.ts'
import type { NetlinkSocket } from './socket.ts'

const ENOBUFS = 105
const asked = (operation: string): NetlinkRequest => ({ operation, type: 20, flags: 0, payload: Buffer.alloc(8) })

/** A socket that reports lost messages at these receives, counted from 1. */
const losing = (socket: NetlinkSocket, ...at: number[]): NetlinkSocket => {
  let receives = 0
  return {
    ...socket,
    receive: () => {
      receives += 1
      if (at.includes(receives)) throw new KernelError('netlink receive', ENOBUFS)
      return socket.receive()
    },
  }
}

const acknowledging = () => scripted((requests) => requests.map(({ sequence }) => answer(sequence)))

t.test('lost acknowledgements fail the whole batch, and the next call is not confused by what was left of it', async (t) => {
  const { socket } = acknowledging()
  const channel = channelOver(losing(socket, 1))
  const failure = ((): unknown => {
    try {
      return channel.batch([asked('one'), asked('two'), asked('three')])
    } catch (error) {
      return error
    }
  })()
  t.ok(hasCode(failure, 'ENOBUFS'))
  t.equal(socket.receive(), undefined, 'nothing is left in a queue that was full')
  t.same(channel.batch([asked('four'), asked('five')]), [undefined, undefined])
  t.same(channel.request(asked('six')), [])
})

t.test('a dump that loses messages is an error, and not half a dump', async (t) => {
  const { socket } = scripted(([first]) => [
    message({ type: 30, flags: 2, sequence: first?.sequence ?? 0, payload: Buffer.from('half') }),
    message({ type: 3, flags: 2, sequence: first?.sequence ?? 0, payload: Buffer.alloc(4) }),
  ])
  t.throws(() => channelOver(losing(socket, 2)).dump(asked('dump')), { code: 'ENOBUFS' })
})

t.test('a batch whose last acknowledgement never comes is an error, and not a wait', async (t) => {
  const { socket } = scripted((requests) => requests.slice(0, -1).map(({ sequence }) => answer(sequence, 1)))
  t.throws(() => channelOver(socket).batch([asked('one'), asked('two')]), { code: 'EPROTO' })
})

t.test('answers to others’ numbers, of unknown types, truncated or of nothing end in an error or an answer, never in a wait', async (t) => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = numbers(seed)
    const { socket } = scripted((requests) => {
      const own = requests.at(-1)?.sequence ?? 0
      return Array.from({ length: 1 + random(4) }, () => oddReply(own, random))
    })
    const channel = channelOver(socket)
    for (const call of [() => channel.request(asked('a')), () => channel.batch([asked('a'), asked('b')]), () => channel.dump(asked('a'))]) {
      try {
        call()
      } catch (error) {
        if (!(error instanceof KernelError)) return t.fail(`seed ${seed}: ${error}`)
      }
    }
  }
  return t.pass('each is a KernelError or an answer')
})

/** A small generator: the same numbers for the same seed. */
const numbers = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}

const oddReply = (own: number, random: (below: number) => number): Buffer => {
  const payload = Buffer.from(Array.from({ length: random(40) }, () => random(256)))
  const sequence = random(3) === 0 ? random(1000) : own
  const whole = message({ type: [0, 1, 2, 3, 4, 16, 30, 65_535][random(8)] ?? 2, flags: random(65_536), sequence, payload })
  const kind = random(5)
  if (kind === 0) return whole.subarray(0, random(whole.length + 1))
  if (kind === 1) whole.writeUInt32LE([0, 15, 16, 17, 0xffffffff][random(5)] ?? 0, 0)
  return kind === 2 ? Buffer.concat([whole, answer(own, random(2) * 17)]) : whole
}
