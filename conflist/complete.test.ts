import t from 'tap'
import { type Cidr, parseCidr } from '#net/cidr.ts'
import { completeConflist, renderConflist } from './complete.ts'
import type { JsonObject } from './json.ts'
import type { PodNetwork } from './pod-network.ts'
import { readConflist } from './read.ts'

const cidrs = (...texts: string[]): Cidr[] => texts.map(parseCidr).filter((cidr) => cidr !== undefined)
const node = (mtu: number | undefined, ...podCidrs: string[]): PodNetwork => ({ mtu, podCidrs: cidrs(...podCidrs) })

/** A conflist with one bridge that has these fields. */
const withBridge = (fields: JsonObject) =>
  readConflist(JSON.stringify({ cniVersion: '1.0.0', name: 'net', plugins: [{ type: 'bridge', ...fields }] }), 'a.conflist')

/** The bridge after completing, as JSON, because key order counts. */
const bridgeAfter = (fields: JsonObject, network: PodNetwork): string => {
  const { plugins } = completeConflist(withBridge(fields), network).value
  return JSON.stringify(Array.isArray(plugins) ? plugins[0] : undefined)
}

const CASES: readonly { readonly name: string; readonly fields: JsonObject; readonly network: PodNetwork; readonly bridge: string }[] = [
  {
    name: 'each family gets a range set of its own, in the order of the node',
    fields: { ipam: { type: 'host-local' } },
    network: node(undefined, 'fd00:20::/64', '10.20.1.0/24'),
    bridge:
      '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"fd00:20::/64"}],[{"subnet":"10.20.1.0/24"}]]},"hairpinMode":true}',
  },
  {
    name: 'stale ranges go, and the key stays where it was',
    fields: { ipam: { ranges: [[{ subnet: '10.20.9.0/24' }], [{ subnet: '10.20.8.0/24' }]], type: 'host-local', dataDir: '/x' } },
    network: node(undefined, '10.20.1.0/24'),
    bridge: '{"type":"bridge","ipam":{"ranges":[[{"subnet":"10.20.1.0/24"}]],"type":"host-local","dataDir":"/x"},"hairpinMode":true}',
  },
  {
    name: "the node's own range keeps its bounds and gateway",
    fields: {
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.20.9.0/24' }], [{ subnet: '10.20.1.0/24', rangeStart: '10.20.1.10', note: 1 }]] },
    },
    network: node(undefined, '10.20.1.0/24'),
    bridge:
      '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24","rangeStart":"10.20.1.10","note":1}]]},"hairpinMode":true}',
  },
  {
    name: "two parts of the node's network stay together",
    fields: {
      ipam: {
        type: 'host-local',
        ranges: [
          [
            { subnet: '10.20.1.0/24', rangeEnd: '10.20.1.20' },
            { subnet: '10.20.1.0/24', rangeStart: '10.20.1.40' },
          ],
        ],
      },
    },
    network: node(undefined, '10.20.1.0/24'),
    bridge:
      '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24","rangeEnd":"10.20.1.20"},' +
      '{"subnet":"10.20.1.0/24","rangeStart":"10.20.1.40"}]]},"hairpinMode":true}',
  },
  {
    name: 'the legacy subnet of the node becomes a range, in its place, with what belongs to it',
    fields: {
      ipam: { type: 'host-local', subnet: '10.20.1.0/24', gateway: '10.20.1.254', rangeStart: '10.20.1.5', routes: [{ dst: '0.0.0.0/0' }] },
    },
    network: node(undefined, '10.20.1.0/24'),
    bridge:
      '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24","rangeStart":"10.20.1.5","gateway":"10.20.1.254"}]],' +
      '"routes":[{"dst":"0.0.0.0/0"}]},"hairpinMode":true}',
  },
  {
    name: 'a stale legacy subnet goes with what belongs to it',
    fields: {
      ipam: { type: 'host-local', subnet: '10.20.9.0/24', gateway: '10.20.9.254', rangeStart: '10.20.9.5', rangeEnd: '10.20.9.9' },
    },
    network: node(undefined, '10.20.1.0/24'),
    bridge: '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24"}]]},"hairpinMode":true}',
  },
  {
    name: 'a legacy subnet beside the same range is not handed out twice',
    fields: { ipam: { type: 'host-local', subnet: '10.20.1.0/24', ranges: [[{ subnet: '10.20.1.0/24' }]] } },
    network: node(undefined, '10.20.1.0/24'),
    bridge: '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24"}]]},"hairpinMode":true}',
  },
  {
    name: 'networks are compared as networks, not as text',
    fields: { ipam: { type: 'host-local', ranges: [[{ subnet: 'FD00:20:0::/64', gateway: 'fd00:20::1' }]] } },
    network: node(undefined, 'fd00:20::/64'),
    bridge:
      '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"FD00:20:0::/64","gateway":"fd00:20::1"}]]},"hairpinMode":true}',
  },
  {
    name: 'an MTU is replaced where it stands',
    fields: { mtu: 1500, ipam: { type: 'host-local' }, hairpinMode: true },
    network: node(1450, '10.20.1.0/24'),
    bridge: '{"type":"bridge","mtu":1450,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24"}]]},"hairpinMode":true}',
  },
  {
    name: 'a bridge that says no to hairpin mode keeps its word',
    fields: { hairpinMode: false, ipam: { type: 'host-local' } },
    network: node(undefined, '10.20.1.0/24'),
    bridge: '{"type":"bridge","hairpinMode":false,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24"}]]}}',
  },
  {
    name: 'a promiscuous bridge gets no hairpin mode',
    fields: { promiscMode: true, ipam: { type: 'host-local' } },
    network: node(undefined, '10.20.1.0/24'),
    bridge: '{"type":"bridge","promiscMode":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24"}]]}}',
  },
  {
    name: 'without an MTU of the node that of the conflist stays',
    fields: { mtu: 9000, ipam: { type: 'host-local' } },
    network: node(undefined, '10.20.1.0/24'),
    bridge: '{"type":"bridge","mtu":9000,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24"}]]},"hairpinMode":true}',
  },
]

for (const { name, fields, network, bridge } of CASES) {
  t.test(name, async (t) => t.equal(bridgeAfter(fields, network), bridge))
}

t.test('completing twice changes nothing', async (t) => {
  for (const { name, fields, network } of CASES) {
    const once = completeConflist(withBridge(fields), network)
    const again = completeConflist(readConflist(renderConflist(once), 'a.conflist'), network)
    t.equal(renderConflist(again), renderConflist(once), name)
  }
})

t.test('a node that moves takes only its new network', async (t) => {
  const first = completeConflist(withBridge({ ipam: { type: 'host-local' } }), node(1450, '10.20.1.0/24', 'fd00:1::/64'))
  const { plugins } = completeConflist(first, node(1400, '10.20.2.0/24')).value
  t.equal(
    JSON.stringify(plugins),
    '[{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.2.0/24"}]]},"mtu":1400,"hairpinMode":true}]',
  )
})

t.test('only the first bridge is completed, and numbers stay as they were written', async (t) => {
  const text =
    '{"name":"n","x":1.0,"plugins":[{"type":"tuning","y":12345678901234567890},{"type":"bridge","ipam":{"type":"host-local"}},{"type":"bridge","ipam":{"type":"host-local"}}]}'
  const { value } = completeConflist(readConflist(text, 'a.conflist'), node(undefined, '10.20.1.0/24'))
  t.equal(
    JSON.stringify(value),
    '{"name":"n","x":1.0,"plugins":[{"type":"tuning","y":12345678901234567890},' +
      '{"type":"bridge","ipam":{"type":"host-local","ranges":[[{"subnet":"10.20.1.0/24"}]]},"hairpinMode":true},{"type":"bridge","ipam":{"type":"host-local"}}]}',
  )
})
