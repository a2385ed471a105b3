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
