import t, { type Test } from 'tap'
import { hex } from '../testing/bytes.ts'
import { addLinkRequest } from './add-link.ts'
import type { LinkSpec } from './types.ts'

/** NLM_F_CREATE | NLM_F_EXCL */
const CREATE_EXCL = 0x600
const RTM_NEWLINK = 16
const NO_IFINFO = '00 00 0000 00000000 00000000 00000000'

const encodes = (t: Test, spec: LinkSpec, ...lines: readonly string[]): void => {
  const request = addLinkRequest(spec)
  t.match(request, { operation: `add ${spec.kind} link ${spec.name}`, type: RTM_NEWLINK, flags: CREATE_EXCL })
  t.same(Buffer.concat([request.payload].flat()), hex(lines.join('')))
}

t.test('a dummy link is a name and a kind', async (t) => {
  encodes(
    t,
    { kind: 'dummy', name: 'dummy0' },
    NO_IFINFO,
    '0b00 0300 64756d6d7930 00 00', // IFLA_IFNAME
    '1000 1280', // IFLA_LINKINFO
    '  0a00 0100 64756d6d7900 0000', // IFLA_INFO_KIND
  )
})

t.test('a bridge has its own settings only when they are asked for', async (t) => {
  encodes(
    t,
    { kind: 'bridge', name: 'br0', mtu: 1450 },
    NO_IFINFO,
    '0800 0300 62723000', // IFLA_IFNAME
    '0800 0400 aa050000', // IFLA_MTU
    '1000 1280', // IFLA_LINKINFO
    '  0b00 0100 62726964676500 00', // IFLA_INFO_KIND
  )
  encodes(
    t,
    { kind: 'bridge', name: 'br0', mac: '02:00:00:00:00:0a', vlanFiltering: true },
    NO_IFINFO,
    '0800 0300 62723000', // IFLA_IFNAME
    '0a00 0100 02000000000a 0000', // IFLA_ADDRESS
    '1c00 1280', // IFLA_LINKINFO
    '  0b00 0100 62726964676500 00', // IFLA_INFO_KIND
    '  0c00 0280', // IFLA_INFO_DATA
    '    0500 0700 01 000000', // IFLA_BR_VLAN_FILTERING
  )
})

t.test('a veth pair is one message: its other end has a name, MTU, MAC and namespace of its own', async (t) => {
  encodes(
    t,
    {
      kind: 'veth',
      name: 'eth0',
      mtu: 1400,
      mac: '02:00:00:00:00:01',
      peer: { name: 'veth1', mtu: 1401, mac: '02:00:00:00:00:02', namespaceFd: 23 },
    },
    NO_IFINFO,
    '0900 0300 6574683000 000000', // IFLA_IFNAME
    '0800 0400 78050000', // IFLA_MTU
    '0a00 0100 020000000001 0000', // IFLA_ADDRESS
    '5000 1280', // IFLA_LINKINFO
    '  0900 0100 7665746800 000000', // IFLA_INFO_KIND
    '  4000 0280', // IFLA_INFO_DATA
    '    3c00 0180', // VETH_INFO_PEER
    NO_IFINFO,
    '      0a00 0300 766574683100 0000', // IFLA_IFNAME
    '      0800 0400 79050000', // IFLA_MTU
    '      0a00 0100 020000000002 0000', // IFLA_ADDRESS
    '      0800 1c00 17000000', // IFLA_NET_NS_FD
  )
})

t.test('a veth pair can stay in one namespace', async (t) => {
  encodes(
    t,
    { kind: 'veth', name: 'a', peer: { name: 'b' } },
    NO_IFINFO,
    '0600 0300 6100 0000', // IFLA_IFNAME
    '3000 1280', // IFLA_LINKINFO
    '  0900 0100 7665746800 000000', // IFLA_INFO_KIND
    '  2000 0280', // IFLA_INFO_DATA
    '    1c00 0180', // VETH_INFO_PEER
    NO_IFINFO,
    '      0600 0300 6200 0000', // IFLA_IFNAME
  )
})

t.test('a vxlan as flannel makes it, its port in network order', async (t) => {
  encodes(
    t,
    { kind: 'vxlan', name: 'flannel.1', vni: 1, local: '10.0.0.7', device: 3, port: 8472, learning: false },
    NO_IFINFO,
    '0e00 0300 666c616e6e656c2e3100 0000', // IFLA_IFNAME
    '3c00 1280', // IFLA_LINKINFO
    '  0a00 0100 76786c616e00 0000', // IFLA_INFO_KIND
    '  2c00 0280', // IFLA_INFO_DATA
    '    0800 0100 01000000', // IFLA_VXLAN_ID
    '    0800 0300 03000000', // IFLA_VXLAN_LINK
    '    0800 0400 0a000007', // IFLA_VXLAN_LOCAL
    '    0500 0700 00 000000', // IFLA_VXLAN_LEARNING
    '    0600 0f00 2118 0000', // IFLA_VXLAN_PORT
  )
})

t.test('a vxlan over IPv6, on no device of its own, that learns', async (t) => {
  encodes(
    t,
    { kind: 'vxlan', name: 'v6', mtu: 1430, vni: 0x12345, local: 'fd00::7', port: 4789, learning: true },
    NO_IFINFO,
    '0700 0300 763600 00', // IFLA_IFNAME
    '0800 0400 96050000', // IFLA_MTU
    '4000 1280', // IFLA_LINKINFO
    '  0a00 0100 76786c616e00 0000', // IFLA_INFO_KIND
    '  3000 0280', // IFLA_INFO_DATA
    '    0800 0100 45230100', // IFLA_VXLAN_ID
    '    1400 1100 fd000000000000000000000000000007', // IFLA_VXLAN_LOCAL6
    '    0500 0700 01 000000', // IFLA_VXLAN_LEARNING
    '    0600 0f00 12b5 0000', // IFLA_VXLAN_PORT
  )
})

t.test('nothing is sent for a name that would be cut or a MAC address that is none', async (t) => {
  t.throws(() => addLinkRequest({ kind: 'bridge', name: 'br0\0' }), { code: 'EINVAL' })
  t.throws(() => addLinkRequest({ kind: 'bridge', name: 'br0', mac: 'x' }), { code: 'EINVAL' })
  t.throws(() => addLinkRequest({ kind: 'veth', name: 'a', peer: { name: 'b\0' } }), { code: 'EINVAL' })
})
