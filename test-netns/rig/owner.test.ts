import t from 'tap'
import { defer, makeOwner } from './owner.ts'

t.test('an owner cleans up once, last made first', async (t) => {
  const done: string[] = []
  const owner = makeOwner()
  defer(owner, () => done.push('first'))
  defer(owner, () => done.push('second'))
  owner.close()
  owner.close()
  t.same(done, ['second', 'first'])
})

t.test('a cleanup that fails does not stop the others, and its failure is told', async (t) => {
  const done: string[] = []
  const owner = makeOwner()
  defer(owner, () => done.push('first'))
  defer(owner, () => {
    throw new Error('stuck')
  })
  t.throws(() => owner.close(), { message: 'stuck' })
  t.same(done, ['first'])
})
