/** What one Service may ask of a node at most. */
import t from 'tap'
import { endpoint, port, service, slice } from './testing/builders.ts'
import { compiled } from './testing/compiling.ts'

const keys = (items: ReadonlyMap<string, unknown>, start: string): string[] => [...items.keys()].filter((key) => key.startsWith(start))

t.test('a Service that asks for more than a node can bear gets the first of it, its cluster IP before all, and is told', async (t) => {
  const many = Array.from({ length: 2_000 }, (_, index) => `198.51.${index >> 8}.${index & 255}`)
  const ports = Array.from({ length: 500 }, (_, index) => port({ name: `p${index}`, port: index + 1 }))
  const { items, notices } = compiled([service('a/b', { externalIps: many, ports })])
  t.equal(keys(items, 'server').length, 16_384)
  t.equal(keys(items, 'server tcp 10.96.0.10:').length, 500)
  t.equal(keys(items, 'route').length, 33)
  t.same(notices, [
    {
      type: 'Warning',
      reason: 'TooManyAddresses',
      message:
        'asks for more addresses, ports and endpoints than a node can bear: only the first 16384 are served, up to 198.51.0.31 port 384/tcp',
    },
  ])
})

t.test('very many endpoints at very many addresses are too much together', async (t) => {
  const many = Array.from({ length: 100 }, (_, index) => `198.51.100.${index}`)
  // None of them is usable now, but all may be at once.
  const endpoints = Array.from({ length: 40_000 }, (_, index) =>
    endpoint(`10.64.${index >> 8}.${index & 255}`, { ready: false, serving: false }),
  )
  const { items, notices } = compiled([service('a/b', { externalIps: many }), slice('a/b', endpoints)])
  t.equal(keys(items, 'server').length, 9)
  t.match(notices, [{ reason: 'TooManyAddresses' }])
})
