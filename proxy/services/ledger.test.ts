import t from 'tap'
import type { Item } from './item.ts'
import { createLedger } from './ledger.ts'

const route = (address: string): Item => ({ kind: 'route', address, source: '192.0.2.1' })

t.test('what the kernel has lost is counted, and the first three are named; a doubtful one is no drift', async (t) => {
  const ledger = createLedger()
  for (const last of [1, 2, 3, 4, 5]) ledger.put(route(`10.96.0.${last}`), ['a/b'])
  ledger.doubt(route('10.96.0.1'), ['a/b'])
  ledger.beginReading()
  const { owners, drifted, examples } = ledger.reconcile(new Map([['route 10.96.0.2', route('10.96.0.2')]]))
  t.same([...owners], ['a/b'])
  t.equal(drifted, 3)
  t.same(examples, ['route 10.96.0.3', 'route 10.96.0.4', 'route 10.96.0.5'])
  for (const last of [6, 7, 8, 9]) ledger.put(route(`10.96.0.${last}`), ['a/b'])
  t.match(ledger.reconcile(new Map()), { drifted: 5, examples: ['route 10.96.0.2', 'route 10.96.0.6', 'route 10.96.0.7'] })
})
