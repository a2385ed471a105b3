import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { encodeFilter, ifEqual, load, REFUSE, TAKE } from './socket-filter.ts'

t.test('a program is one instruction of eight bytes after another, and labels are distances', async (t) => {
  const program = [
    load('half', 4),
    ifEqual(0x1900, { ifTrue: 'route', ifFalse: 'refuse' }),
    load('byte', 21, 'route'),
    ifEqual(83, { ifFalse: 'refuse' }),
    load('word', 12),
    TAKE,
    REFUSE,
  ]
  t.same(
    encodeFilter(program),
    hex(`
      2800 00 00 04000000
      1500 00 04 00190000
      3000 00 00 15000000
      1500 00 02 53000000
      2000 00 00 0c000000
      0600 00 00 ffffffff
      0600 00 00 00000000
    `),
  )
})

t.test('a jump to a label that is not there, or behind, is refused', async (t) => {
  t.throws(() => encodeFilter([ifEqual(1, { ifTrue: 'take' }), REFUSE]), RangeError)
  t.throws(() => encodeFilter([REFUSE, ifEqual(1, { ifTrue: 'refuse' })]), RangeError)
})
