import t from 'tap'
import { parseJson } from '../../protocol/json.ts'
import { parseConfig } from '../config.ts'
import { addressingOf } from '../gateways.ts'
import type { Operation } from './operation.ts'
import { planAttachment } from './plan.ts'
import { FRESH, ofType, plan, V4 } from './testing/plan-of.ts'

t.test('a bridge for VLANs filters them, and takes no hardware address of its own: it will have no IP address', (t) => {
  const config = parseConfig({ config: parseJson('{"bridge": "br0", "vlan": 100, "isGateway": true}'), args: '' })
  const addressing = addressingOf(V4, config)
  const input = { config, interface: 'eth0', port: 'veth0a1b2c3d', freshMac: FRESH, present: [], addressing, bridge: undefined }
  t.strictSame(ofType(planAttachment(input), 'create-bridge'), [{ type: 'create-bridge', bridge: 'br0', vlanFiltering: true }])
  t.end()
})

t.test('a port leaves the default VLAN, unless it is to be kept, and joins its own', (t) => {
  const port = 'veth0a1b2c3d'
  const vlans = (fields: object): Operation[] => ofType(plan(fields), 'leave-vlans', 'join-vlans')
  const leave = { type: 'leave-vlans', port } as const
  const join = (...ids: (number | 'native')[]): Operation => ({
    type: 'join-vlans',
    port,
    vlans: ids.map((id) => (id === 'native' ? { id: 100, native: true, untagged: true } : { id })),
    what: 'vlan tag',
  })
  const native: Operation = {
    type: 'join-vlans',
    port,
    vlans: [{ id: 1, native: true, untagged: true }],
    what: 'default native vlan tag',
  }
  t.strictSame(vlans({}), [])
  t.strictSame(vlans({ vlanTrunk: [] }), [])
  t.strictSame(vlans({ vlan: 100 }), [leave, join('native')])
  t.strictSame(vlans({ vlan: 100, preserveDefaultVlan: true }), [join('native')])
  t.strictSame(vlans({ vlanTrunk: [{ id: 7 }, { minID: 3, maxID: 4 }] }), [leave, join(3, 4, 7), native])
  t.strictSame(vlans({ vlan: 100, vlanTrunk: [{ id: 7 }] }), [leave, join('native', 7)])
  t.end()
})

t.test('a VLAN that is native and in the trunk is native, where the reference leaves untagged packets without a VLAN', (t) => {
  const joined = (fields: object): unknown[] =>
    ofType(plan(fields), 'join-vlans').flatMap((operation) => ('vlans' in operation ? operation.vlans : []))
  t.strictSame(joined({ vlan: 100, vlanTrunk: [{ minID: 99, maxID: 101 }] }), [
    { id: 100, native: true, untagged: true },
    { id: 99 },
    { id: 101 },
  ])
  t.strictSame(joined({ vlanTrunk: [{ minID: 1, maxID: 2 }] }), [{ id: 2 }, { id: 1, native: true, untagged: true }])
  t.strictSame(joined({ vlanTrunk: [{ id: 1 }] }), [{ id: 1, native: true, untagged: true }])
  t.end()
})

t.test('the gateway into a VLAN is made unless it is complete, and holds the addresses', (t) => {
  const make = (complete: boolean, fields: object = {}): Operation[] =>
    ofType(plan({ vlan: 100, isGateway: true, ...fields }, V4, [], { complete, port: 'veth99' }), 'make-vlan-gateway', 'add-bridge-address')
  const address = { type: 'add-bridge-address', bridge: 'br0', vlan: 100, address: { address: '10.1.2.1', prefixLength: 24 } } as const
  const gateway = { type: 'make-vlan-gateway', bridge: 'br0', vlan: 100, port: 'veth99', preserveDefaultVlan: false } as const
  t.strictSame(make(false), [gateway, address])
  t.strictSame(make(false, { preserveDefaultVlan: true }), [{ ...gateway, preserveDefaultVlan: true }, address])
  t.strictSame(make(true), [address])
  t.strictSame(make(false, { isGateway: false }), [])
  t.end()
})
