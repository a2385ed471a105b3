import t from 'tap'
import { backendFor, checkBackendName } from './backend.ts'
import { simulatedNetfilter } from './simulated-netfilter.ts'

t.test('the config’s choice counts; without one it is iptables, unless only nft is installed', (t) => {
  const edges = simulatedNetfilter(() => undefined)
  t.strictSame([backendFor('nftables', edges), backendFor(undefined, edges)], ['nftables', 'iptables'])
  edges.variant = 'none'
  t.strictSame([backendFor('iptables', edges), backendFor(undefined, edges)], ['iptables', 'nftables'])
  t.equal(backendFor(undefined, { ...edges, isInstalled: () => false }), 'iptables')
  t.end()
})

t.test('any other name is unknown', (t) => {
  for (const name of ['x', '', 'IPTABLES']) t.throws(() => checkBackendName(name), { message: `unknown ipmasq backend "${name}"` })
  for (const name of [undefined, 'iptables', 'nftables']) t.doesNotThrow(() => checkBackendName(name))
  t.end()
})
