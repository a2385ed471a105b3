import t from 'tap'
import { listed, remark, warning } from './notice.ts'
import { createNoticeBoard } from './notice-board.ts'
import { service } from './testing/builders.ts'
import type { ServiceNotice } from './types.ts'

const board = () => {
  const told: string[] = []
  const withdrawn: string[] = []
  const { post } = createNoticeBoard(
    ({ key }, { message }) => told.push(`${key}: ${message}`),
    (key, reason) => withdrawn.push(`${key} ${reason}`),
  )
  return {
    told,
    withdrawn,
    post: (notices: ServiceNotice[], tweaks = {}) => post('a/b', service('a/b', tweaks), notices),
    gone: () => post('a/b', undefined, []),
  }
}
const [one, two] = [warning('InvalidAddress', 'one'), remark('AddressOfNode', 'two')]

t.test('each notice is told once for as long as it holds', async (t) => {
  const { told, post } = board()
  post([one])
  post([one, two])
  post([two, one])
  t.same(told, ['a/b: one', 'a/b: two'])
})

t.test('a notice that was gone for a while is told again', async (t) => {
  const { told, post } = board()
  for (const notices of [[one], [], [one], [two], [one]]) post(notices)
  t.same(told, ['a/b: one', 'a/b: one', 'a/b: two', 'a/b: one'])
})

t.test('a Service that was made anew is told anew, by itself or after its deletion', async (t) => {
  const { told, post, gone } = board()
  post([one])
  post([one], { uid: 'another' })
  gone()
  post([one], { uid: 'another' })
  t.same(told, ['a/b: one', 'a/b: one', 'a/b: one'])
})

t.test('the same notice twice at once is one', async (t) => {
  const { told, post } = board()
  post([one, one])
  t.same(told, ['a/b: one'])
})

t.test('of many things three are named', async (t) => {
  t.equal(listed([]), '')
  t.equal(listed(['a', 'b', 'c']), 'a, b, c')
  t.equal(listed(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more')
})

t.test('a reason is withdrawn when its last notice is gone, or the Service', async (t) => {
  const { withdrawn, post, gone } = board()
  const more = warning('InvalidAddress', 'more')
  post([one, more, two])
  post([more, two])
  t.same(withdrawn, [])
  post([two])
  t.same(withdrawn.splice(0), ['a/b InvalidAddress'])
  gone()
  t.same(withdrawn, ['a/b AddressOfNode'])
})
