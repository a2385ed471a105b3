import t from 'tap'
import type { ClusterEvent } from '../services/types.ts'
import { Store } from './store.ts'

const node = (key: string, address?: string): ClusterEvent => ({
  kind: 'node',
  key,
  value:
    address === undefined
      ? undefined
      : { name: key, addresses: [address], podCidrs: [], zone: '', deleting: false, taintedForDeletion: false },
})

t.test('an event is passed on when it says something new', async (t) => {
  const store = new Store()
  t.strictSame(store.apply(node('a', '10.0.0.1')), node('a', '10.0.0.1'))
  t.equal(store.apply(node('a', '10.0.0.1')), undefined)
  t.strictSame(store.apply(node('a', '10.0.0.2')), node('a', '10.0.0.2'))
  t.strictSame(store.apply(node('a')), node('a'))
  t.equal(store.apply(node('a')), undefined)
  t.equal(store.apply(node('b')), undefined)
  t.equal(store.size, 0)
})

t.test('what a list does not name is gone; what it names, and what cannot be read, stays', async (t) => {
  const store = new Store()
  for (const key of ['a', 'b', 'c', 'd']) store.apply(node(key, '10.0.0.1'))
  store.beginList()
  store.apply(node('a', '10.0.0.1'))
  store.apply(node('b', '10.0.0.2'))
  store.keep('c')
  t.strictSame(store.endList(), ['d'])
  t.equal(store.size, 4, 'the caller takes the deletions in as events')
  store.apply(node('d'))
  t.equal(store.size, 3)
})

t.test('a list that is broken off deletes nothing, and the next one starts from nothing seen', async (t) => {
  const store = new Store()
  for (const key of ['a', 'b']) store.apply(node(key, '10.0.0.1'))
  store.beginList()
  store.apply(node('a', '10.0.0.1'))
  store.beginList()
  store.apply(node('b', '10.0.0.1'))
  t.strictSame(store.endList(), ['a'])
  t.strictSame(store.endList(), [])
})
