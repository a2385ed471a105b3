import t from 'tap'
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import { inheritedFrom } from './inheritance.ts'

const at = (address: string, port: number): VirtualServerId => ({ protocol: 'tcp', address, port })
const estate = { vips: ['10.96.0.1', 'fd00:96::1'], addresses: ['192.0.2.1', '127.0.0.1'], nodePorts: { first: 30_000, last: 32_767 } }

t.test('VIPs that another proxy kept on its link are inherited with every port, the node’s own addresses with NodePorts', async (t) => {
  const isInherited = inheritedFrom(estate)
  for (const server of [at('10.96.0.1', 443), at('fd00:96::1', 53), at('192.0.2.1', 30_000), at('192.0.2.1', 32_767)])
    t.equal(isInherited(server), true, JSON.stringify(server))
  for (const server of [at('203.0.113.77', 99), at('192.0.2.1', 29_999), at('192.0.2.1', 32_768), at('192.0.2.9', 30_080)])
    t.equal(isInherited(server), false, JSON.stringify(server))
})

t.test('virtual servers by mark are never inherited', async (t) => {
  t.equal(inheritedFrom(estate)({ fwmark: 7, family: 4 }), false)
})

t.test('where no proxy left a VIP nothing is inherited, NodePorts neither', async (t) => {
  t.equal(inheritedFrom({ ...estate, vips: [] })(at('192.0.2.1', 30_000)), false)
})
