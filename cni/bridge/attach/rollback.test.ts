import t from 'tap'
import { undoOf } from './rollback.ts'

const ONE = { address: '10.1.0.1', prefixLength: 24 }
const OTHER = { address: '10.2.0.1', prefixLength: 24 }

t.test('what only the attachment used, and what makes no difference, is not undone on the bridge', (t) => {
  t.strictSame(
    undoOf([
      { type: 'make-promiscuous', bridge: 'br0' },
      { type: 'raise-bridge', bridge: 'br0' },
      { type: 'attach-port', port: 'veth1', bridge: 'br0' },
      { type: 'raise-interface', interface: 'eth0' },
      { type: 'enable-forwarding', family: 4 },
    ]),
    [],
  )
  t.end()
})

t.test('addresses are undone backwards', (t) => {
  t.strictSame(
    undoOf([
      { type: 'remove-bridge-address', bridge: 'br0', address: ONE },
      { type: 'add-bridge-address', bridge: 'br0', address: OTHER },
    ]),
    [
      { type: 'remove-bridge-address', bridge: 'br0', address: OTHER },
      { type: 'add-bridge-address', bridge: 'br0', address: ONE },
    ],
  )
  t.end()
})

t.test('a bridge that was made is deleted, and its addresses with it', (t) => {
  t.strictSame(
    undoOf([
      { type: 'create-bridge', bridge: 'br0' },
      { type: 'add-bridge-address', bridge: 'br0', address: ONE },
    ]),
    [{ type: 'delete-bridge', bridge: 'br0' }],
  )
  t.end()
})

t.test('a gateway into a VLAN that was made is deleted before the bridge, and its addresses with it', (t) => {
  const made = { type: 'make-vlan-gateway', bridge: 'br0', vlan: 100, port: 'veth1', preserveDefaultVlan: false } as const
  const added = { type: 'add-bridge-address', bridge: 'br0', vlan: 100, address: ONE } as const
  const gateway = { type: 'delete-vlan-gateway', bridge: 'br0', vlan: 100 } as const
  t.strictSame(undoOf([made, added]), [gateway])
  t.strictSame(undoOf([{ type: 'create-bridge', bridge: 'br0', vlanFiltering: true }, made, added]), [
    gateway,
    { type: 'delete-bridge', bridge: 'br0' },
  ])
  t.strictSame(undoOf([added]), [{ ...added, type: 'remove-bridge-address' }])
  t.strictSame(undoOf([{ type: 'create-bridge', bridge: 'br0' }, added]), [
    { ...added, type: 'remove-bridge-address' },
    { type: 'delete-bridge', bridge: 'br0' },
  ])
  t.end()
})
