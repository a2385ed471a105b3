/** The `netlink` package's own tables read what we send: a witness that shares no line with our encoders. */
import { parseBridge, parseBridgePort, parseInfo, parseVxlan } from 'netlink/dist/rt/ifla.js'
import { type Message, parseLinkMessage, parseMessage } from 'netlink/dist/rt/structs.js'
import { getU16be, parseAttributes } from 'netlink/dist/structs.js'
import t from 'tap'
import type { NetlinkRequest } from '../netlink/message.ts'
import { addLinkRequest } from './add-link.ts'
import { addAddressRequest } from './address-messages.ts'
import { setBridgePortRequest } from './bridge-port.ts'
import { changeLinkRequest } from './link-messages.ts'
import { setForwardingRequest } from './neighbor-messages.ts'
import { addRouteRequest } from './route-messages.ts'

const bytesOf = ({ payload }: NetlinkRequest): Buffer => Buffer.concat([payload].flat())
const read = (request: NetlinkRequest): Message => parseMessage(request.type, bytesOf(request))
const infoOf = (request: NetlinkRequest) => parseInfo(parseLinkMessage(bytesOf(request)).attrs.linkinfo ?? Buffer.alloc(0))

t.test('a changed link', async (t) => {
  t.match(read(changeLinkRequest(5, { up: true, promiscuous: false, master: 3, mac: '02:00:00:00:00:01', mtu: 1450 })), {
    kind: 'link',
    data: { index: 5, flags: { up: true }, change: { up: true, promisc: true } },
    attrs: { master: 3, mtu: 1450, address: Buffer.from([2, 0, 0, 0, 0, 1]) },
  })
})

t.test('a bridge and its port', async (t) => {
  const bridge = infoOf(addLinkRequest({ kind: 'bridge', name: 'br0', vlanFiltering: true }))
  t.equal(bridge.kind, 'bridge')
  t.same(parseBridge(bridge.data ?? Buffer.alloc(0)), { vlanFiltering: Buffer.from([1]) })
  parseAttributes(bytesOf(setBridgePortRequest(9, { hairpin: true, isolated: false })).subarray(16), ({ nested, type, data }) => {
    t.same({ nested, type }, { nested: true, type: 12 })
    t.same(parseBridgePort(data), { mode: 1, isolated: Buffer.from([0]) })
  })
})

t.test('a veth pair', async (t) => {
  const peer = { name: 'veth1', mtu: 1401, mac: '02:00:00:00:00:02', namespaceFd: 23 }
  const request = addLinkRequest({ kind: 'veth', name: 'eth0', mtu: 1400, peer })
  t.match(read(request), { kind: 'link', attrs: { ifname: 'eth0', mtu: 1400 } })
  const { kind, data } = infoOf(request)
  t.equal(kind, 'veth')
  parseAttributes(data ?? Buffer.alloc(0), (attribute) => {
    t.equal(attribute.type, 1)
    t.match(parseLinkMessage(attribute.data).attrs, { ifname: 'veth1', mtu: 1401, address: Buffer.from([2, 0, 0, 0, 0, 2]), netNsFd: 23 })
  })
})

t.test('a vxlan', async (t) => {
  const { data } = infoOf(addLinkRequest({ kind: 'vxlan', name: 'vx', vni: 7, local: '10.0.0.7', device: 3, port: 8472, learning: false }))
  const vxlan = parseVxlan(data ?? Buffer.alloc(0))
  t.match(vxlan, { id: 7, link: 3, local: Buffer.from([10, 0, 0, 7]), learning: 0 })
  t.equal(getU16be(vxlan.port ?? Buffer.alloc(0)), 8472)
})

t.test('an address', async (t) => {
  t.match(read(addAddressRequest(7, { address: '10.1.2.3', prefixLength: 22 })), {
    kind: 'address',
    data: { family: 2, prefixlen: 22, index: 7, scope: 0 },
    attrs: { local: Buffer.from([10, 1, 2, 3]), address: Buffer.from([10, 1, 2, 3]), broadcast: Buffer.from([10, 1, 3, 255]) },
  })
})

t.test('a route', async (t) => {
  const destination = { address: '10.96.0.10', prefixLength: 32 }
  const route = {
    family: 4,
    destination,
    link: 4,
    source: '10.0.0.7',
    table: 255,
    type: 'local',
    protocol: 83,
    priority: 9,
    mtu: 1450,
  } as const
  t.match(read(addRouteRequest(route)), {
    kind: 'route',
    data: { family: 2, dstLen: 32, table: 255, protocol: 83, scope: 'HOST', type: 'LOCAL' },
    attrs: { dst: Buffer.from([10, 96, 0, 10]), oif: 4, prefsrc: Buffer.from([10, 0, 0, 7]), table: 255, priority: 9 },
  })
})

t.test('a forwarding entry', async (t) => {
  t.match(read(setForwardingRequest({ link: 9, mac: '02:00:00:00:00:0a', address: '10.1.0.2' })), {
    kind: 'neighbor',
    data: { family: 7, ifindex: 9, state: { permanent: true }, flags: { self: true } },
    attrs: { dst: Buffer.from([10, 1, 0, 2]), lladdr: Buffer.from([2, 0, 0, 0, 0, 10]) },
  })
})
