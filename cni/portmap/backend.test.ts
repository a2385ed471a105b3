import t from 'tap'
import { availableBackend, type BackendWishes, backendOf } from './backend.ts'

const host = (iptables: boolean, nftables: boolean) => ({ iptables: () => iptables, nftables: () => nftables })
const BOTH = host(true, true)

const wishes = (fields: Partial<BackendWishes>): BackendWishes => ({
  backend: undefined,
  externalSetMarkChain: undefined,
  conditionsV4: [],
  conditionsV6: [],
  ...fields,
})

t.test('[portmap 4] iptables is the default, unless only nftables works', async (t) => {
  t.equal(availableBackend(host(true, true)), 'iptables')
  t.equal(availableBackend(host(true, false)), 'iptables')
  t.equal(availableBackend(host(false, true)), 'nftables')
  t.equal(availableBackend(host(false, false)), 'iptables')
})

t.test('[portmap 5] a named backend is taken without asking the host', async (t) => {
  const never = { iptables: () => t.fail('asked'), nftables: () => t.fail('asked') }
  t.equal(backendOf(wishes({ backend: 'nftables' }), never), 'nftables')
  t.equal(backendOf(wishes({ backend: 'iptables' }), never), 'iptables')
  t.equal(backendOf(wishes({}), never), undefined)
})

t.test('[portmap 6] conditions may be in the syntax of the named backend', async (t) => {
  t.equal(backendOf(wishes({ backend: 'nftables', conditionsV4: ['ip', 'saddr', '!=', '1.2.3.4'] }), BOTH), 'nftables')
  t.equal(backendOf(wishes({ backend: 'iptables', conditionsV4: ['!', '-s', '1.2.3.4'], externalSetMarkChain: 'X' }), BOTH), 'iptables')
})

t.test('conditions without a first word are of no syntax', async (t) => {
  t.equal(backendOf(wishes({ conditionsV4: [], conditionsV6: ['', '-s'] }), BOTH), undefined)
})

const CONTRADICTIONS = [
  {
    name: '[portmap 7] nftables conditions for iptables',
    fields: { backend: 'iptables', conditionsV4: ['ip', 'saddr', '1.2.3.4'], conditionsV6: ['ip6', 'saddr', '12::34'] },
    message: 'iptables backend was requested but configuration contains nftables-specific options [conditionsV4 conditionsV6]',
  },
  {
    name: '[portmap 8] iptables options for nftables',
    fields: { backend: 'nftables', externalSetMarkChain: 'X', conditionsV4: ['-s', '1.2.3.4'] },
    message: 'nftables backend was requested but configuration contains iptables-specific options [externalSetMarkChain conditionsV4]',
  },
  {
    name: 'nftables conditions and no backend, where iptables works',
    fields: { conditionsV6: ['ip6', 'saddr', '12::34'] },
    message: 'iptables backend was requested but configuration contains nftables-specific options [conditionsV6]',
  },
  {
    name: 'iptables options for an unknown backend',
    fields: { backend: 'x', conditionsV4: ['-s', '1.2.3.4'] },
    message: 'x backend was requested but configuration contains iptables-specific options [conditionsV4]',
  },
]

for (const { name, fields, message } of CONTRADICTIONS) {
  t.test(`${name} are refused`, async (t) => {
    t.throws(() => backendOf(wishes(fields), BOTH), { message })
  })
}

t.test('options of one backend and no backend named: the host decides, and must decide for that one', async (t) => {
  t.equal(backendOf(wishes({ conditionsV4: ['-s', '1.2.3.4'] }), host(true, true)), 'iptables')
  t.equal(backendOf(wishes({ conditionsV4: ['ip', 'saddr', '1.2.3.4'] }), host(false, true)), 'nftables')
  t.throws(() => backendOf(wishes({ externalSetMarkChain: 'X' }), host(false, true)), {
    message: 'nftables backend was requested but configuration contains iptables-specific options [externalSetMarkChain]',
  })
})
