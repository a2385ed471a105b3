import t from 'tap'
import type { AddRoute } from './operation.ts'
import { describeAddress, describeRoute } from './words.ts'

const ROUTE: AddRoute = {
  type: 'add-route',
  interface: 'eth0',
  destination: { address: '10.8.0.0', prefixLength: 16 },
  gateway: '10.3.0.1',
  implied: false,
}

t.test('a route is described as Go prints it', (t) => {
  t.equal(describeRoute(ROUTE), '{10.8.0.0 ffff0000} via 10.3.0.1 dev eth0 metric 0 (Scope: universe, Table: 0)')
  t.equal(
    describeRoute({
      type: 'add-route',
      interface: 'net1',
      destination: { address: 'fd00::', prefixLength: 64 },
      priority: 7,
      table: 100,
      scope: 253,
      implied: false,
    }),
    '{fd00:: ffffffffffffffff0000000000000000} via <nil> dev net1 metric 7 (Scope: link, Table: 100)',
  )
  t.end()
})

t.test('the default route that isDefaultGateway adds shows the 16-byte mask of the reference', (t) => {
  const destination = { address: '0.0.0.0', prefixLength: 0 }
  t.equal(
    describeRoute({ ...ROUTE, destination, implied: true }),
    '{0.0.0.0 00000000000000000000ffff00000000} via 10.3.0.1 dev eth0 metric 0 (Scope: universe, Table: 0)',
  )
  t.match(describeRoute({ ...ROUTE, destination }), /^\{0\.0\.0\.0 00000000\} via/)
  t.match(describeRoute({ ...ROUTE, destination: { address: '::', prefixLength: 0 }, implied: true }), /^\{:: 0{32}\} via/)
  t.end()
})

t.test('an address is described with its mask and gateway', (t) => {
  const address = { address: '10.1.2.2', prefixLength: 24 }
  t.equal(
    describeAddress({ type: 'add-interface-address', interface: 'eth0', address, gateway: '10.1.2.1' }),
    '{Interface:2 Address:{IP:10.1.2.2 Mask:ffffff00} Gateway:10.1.2.1}',
  )
  t.equal(
    describeAddress({ type: 'add-interface-address', interface: 'eth0', address }),
    '{Interface:2 Address:{IP:10.1.2.2 Mask:ffffff00} Gateway:<nil>}',
  )
  t.end()
})
