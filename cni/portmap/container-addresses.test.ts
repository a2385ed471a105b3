import t from 'tap'
import { EMPTY_RESULT, type Result } from '../protocol/result.ts'
import { containerAddresses } from './container-addresses.ts'

const result = (fields: Partial<Result>): Result => ({ ...EMPTY_RESULT, ...fields })
const HOST = { address: { address: '10.0.0.1', prefixLength: 24 } }
const POD = { address: { address: '10.0.0.2', prefixLength: 24 } }
const POD6 = { address: { address: 'fd00::2', prefixLength: 64 } }

t.test('the first address of each family counts', async (t) => {
  t.same(containerAddresses(result({ ips: [POD6, POD, HOST] }), 'eth0'), { 4: POD.address, 6: POD6.address })
  t.same(containerAddresses(undefined, 'eth0'), {})
})

t.test('[portmap 9] an address without an interface, or with one out of range, counts', async (t) => {
  t.same(containerAddresses(result({ ips: [POD] }), 'eth0'), { 4: POD.address })
  t.same(containerAddresses(result({ ips: [{ ...POD, interface: 7 }] }), 'eth0'), { 4: POD.address })
})

t.test('addresses of other interfaces, and of interfaces outside any container, do not count', async (t) => {
  const interfaces = [
    { name: 'cni0' },
    { name: 'eth0', sandbox: '/run/netns/pod' },
    { name: 'eth1', sandbox: '/run/netns/pod' },
    { name: 'eth0' },
  ]
  const of = (index: number) => containerAddresses(result({ interfaces, ips: [{ ...POD, interface: index }] }), 'eth0')
  t.same([0, 1, 2, 3].map(of), [{}, { 4: POD.address }, {}, {}])
})
