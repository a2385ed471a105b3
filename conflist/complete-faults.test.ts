import t from 'tap'
import { type Cidr, parseCidr } from '#net/cidr.ts'
import { completeConflist } from './complete.ts'
import type { JsonObject } from './json.ts'
import type { PodNetwork } from './pod-network.ts'
import { readConflist } from './read.ts'

const cidrs = (...texts: string[]): Cidr[] => texts.map(parseCidr).filter((cidr) => cidr !== undefined)
const node = (mtu: number | undefined, ...podCidrs: string[]): PodNetwork => ({ mtu, podCidrs: cidrs(...podCidrs) })

/** A conflist with one bridge that has these fields. */
const withBridge = (fields: JsonObject) =>
  readConflist(JSON.stringify({ cniVersion: '1.0.0', name: 'net', plugins: [{ type: 'bridge', ...fields }] }), 'a.conflist')

t.test('a conflist that cannot be completed says where and why', async (t) => {
  const network = node(1450, '10.20.1.0/24')
  const loopback = readConflist('{"name":"n","plugins":[{"type":"loopback"}]}', 'a.conflist')
  t.throws(() => completeConflist(loopback, network), {
    name: 'FileFaults',
    message: 'a.conflist: plugins: none has the type "bridge": there is nothing to fill the pod networks into',
  })
  t.throws(() => completeConflist(withBridge({}), network), {
    message: 'a.conflist: plugins[0].ipam: missing: expected {"type": "host-local"}',
  })
  t.throws(() => completeConflist(withBridge({ ipam: { type: 'dhcp' } }), network), {
    message: 'a.conflist: plugins[0].ipam.type: "dhcp" is not legal: expected "host-local"',
  })
})

t.test('networks that cannot serve pods are refused, all at once', async (t) => {
  const bridge = withBridge({ ipam: { type: 'host-local' } })
  t.throws(() => completeConflist(bridge, node(1000, '10.20.1.0/31', 'fd00::/64')), {
    message:
      'a.conflist: pod networks: "10.20.1.0/31" is not legal: expected a network with at least 4 addresses\n' +
      'a.conflist: MTU: 1000 is not legal: expected at least 1280, because pods have IPv6 addresses',
  })
  t.throws(() => completeConflist(bridge, node(undefined)), { message: 'a.conflist: pod networks: there are none to fill in' })
})
