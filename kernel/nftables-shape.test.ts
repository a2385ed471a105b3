import t from 'tap'
import { KernelError } from './errno.ts'
import { encodeAttributes } from './netlink/attributes.ts'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'
import { shapeOver } from './nftables-shape.ts'

const TABLE = { name: [1, 'text'], flags: [2, 'be32'], use: [3, 'be32'], handle: [4, 'u64'] } as const
const CHAIN = { table: [1, 'text'], handle: [2, 'u64'], name: [3, 'text'], policy: [5, 'be32'], use: [6, 'be32'] } as const
const SET = { table: [1, 'text'], name: [2, 'text'], flags: [3, 'be32'], handle: [16, 'u64'] } as const
const RULE = { table: [1, 'text'], chain: [2, 'text'], handle: [3, 'u64'], expressions: [4, 'bytes'], position: [6, 'u64'] } as const
const LIST = { element: [1, 'bytes'] } as const
const ELEMENTS = { table: [1, 'text'], set: [2, 'text'], elements: [3, 'bytes'] } as const

const reply = (message: number, attributes: Buffer): NetlinkReply => ({
  ...{ type: 0x0a00 | message, flags: 2, sequence: 1 },
  payload: Buffer.concat([Buffer.from([1, 0, 0, 0]), attributes]),
})
const ANONYMOUS = 0x1

/** A kernel with one chain, two sets and a rule; what counts up is `count`. */
const kernel = ({ count = 1n, policy = 1, constants = ['06', '11'], missing = false } = {}) => {
  const elements = constants.map((bytes) => encodeAttributes(LIST, { element: Buffer.from(bytes, 'hex') }))
  const answers: Readonly<Record<number, NetlinkReply[]>> = {
    4: [
      reply(3, encodeAttributes(CHAIN, { table: 'selvedge', handle: count, name: 'input', policy, use: Number(count) })),
      reply(3, encodeAttributes(CHAIN, { table: 'foreign', name: 'input', policy: Number(count) })),
    ],
    10: [
      reply(9, encodeAttributes(SET, { table: 'selvedge', name: 'vip4', flags: 0, handle: count })),
      reply(9, encodeAttributes(SET, { table: 'selvedge', name: '__set0', flags: ANONYMOUS, handle: count })),
    ],
    7: [
      reply(
        6,
        encodeAttributes(RULE, { table: 'selvedge', chain: 'input', handle: count, expressions: Buffer.from('aa'), position: count }),
      ),
    ],
    13: [reply(12, encodeAttributes(ELEMENTS, { table: 'selvedge', set: '__set0', elements: Buffer.concat(elements) }))],
  }
  const asked: number[] = []
  const read = () =>
    shapeOver(
      {
        request: () => {
          if (missing) throw new KernelError('look up', 2)
          return [reply(0, encodeAttributes(TABLE, { name: 'selvedge', flags: 0, use: Number(count), handle: count }))]
        },
        dump: ({ type }: NetlinkRequest) => {
          asked.push(type & 0xff)
          return answers[type & 0xff] ?? []
        },
      },
      { family: 'inet', table: 'selvedge' },
    )
  return { asked, read }
}

t.test('a table is told by its parts; chains by their names too', async (t) => {
  const { asked, read } = kernel()
  t.same(
    read()?.map(({ text, chain }) => [text.split(' ')[0], chain]),
    [
      ['table', undefined],
      ['chain', 'input'],
      ['set', undefined],
      ['set', undefined],
      ['rule', undefined],
      ['elements', undefined],
    ],
  )
  t.same(asked, [4, 10, 7, 13], 'elements of sets that have a name are not read')
})

t.test('handles, positions and counts of uses do not matter, nor the order in which a constant is kept', async (t) => {
  t.same(kernel({ count: 7n, constants: ['11', '06'] }).read(), kernel().read())
})

t.test('a policy matters, and so does what a constant holds', async (t) => {
  t.notSame(kernel({ policy: 0 }).read(), kernel().read())
  t.notSame(kernel({ constants: ['06'] }).read(), kernel().read())
})

t.test('where there is no such table nothing more is asked', async (t) => {
  const { asked, read } = kernel({ missing: true })
  t.same([read(), asked], [undefined, []])
})
