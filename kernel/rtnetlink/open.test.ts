import t from 'tap'
import { KernelError } from '../errno.ts'
import type { NetlinkChannel } from '../netlink/channel.ts'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { rtnetlinkOver } from './open.ts'
import type { Route } from './types.ts'

const RTM_NEWLINK = 16
const RTM_GETLINK = 18

const reply = (type: number, bytes: string): NetlinkReply => ({ type, flags: 0, sequence: 1, payload: hex(bytes) })

/** A channel that notes what it is asked, and answers every request with the same replies or refusal. */
const scripted = (answer: readonly NetlinkReply[] | KernelError = []) => {
  const asked: [how: 'request' | 'dump' | 'batch', NetlinkRequest][] = []
  let closed = false
  const answered = (how: 'request' | 'dump', request: NetlinkRequest): NetlinkReply[] => {
    asked.push([how, request])
    if (answer instanceof KernelError) throw answer
    return [...answer]
  }
  const channel: NetlinkChannel = {
    request: (request) => answered('request', request),
    dump: (request) => answered('dump', request),
    batch: (requests) => {
      for (const request of requests) asked.push(['batch', request])
      return requests.map((_, index) => (index === 1 ? new KernelError('second', 3) : undefined))
    },
    counters: { messages: 4, datagrams: 2 },
    port: 9,
    close: () => {
      closed = true
    },
  }
  return { rtnetlink: rtnetlinkOver(channel), asked, isClosed: () => closed }
}

const ETH0 = reply(RTM_NEWLINK, '00 00 0100 02000000 01000000 00000000 0900 0300 6574683000 000000 0800 0400 dc050000')
const ROUTE: Route = { family: 4, gateway: '10.0.0.1' }

t.test('each change is one message', async (t) => {
  const { rtnetlink, asked } = scripted()
  rtnetlink.addLink({ kind: 'bridge', name: 'br0' })
  rtnetlink.changeLink(2, { up: true, master: 3, mtu: 1400 })
  rtnetlink.deleteLink(2)
  rtnetlink.setBridgePort(2, { hairpin: true, isolated: true })
  rtnetlink.addPortVlans(2, [{ id: 100, native: true, untagged: true }, { id: 7 }])
  rtnetlink.deletePortVlans(2, [1])
  rtnetlink.addAddress(2, { address: '10.0.0.2', prefixLength: 24 })
  rtnetlink.deleteAddress(2, { address: '10.0.0.2', prefixLength: 24 })
  rtnetlink.addRoute(ROUTE)
  rtnetlink.replaceRoute(ROUTE)
  rtnetlink.deleteRoute(ROUTE)
  rtnetlink.setForwarding({ link: 2, mac: '02:00:00:00:00:01', address: '10.0.0.2' })
  rtnetlink.setNeighbor({ link: 2, mac: '02:00:00:00:00:01', address: '10.0.0.2' })
  t.same(
    asked.map(([how, { type, flags }]) => [how, type, flags]),
    [
      ['request', 16, 0x600],
      ['request', 19, 0],
      ['request', 17, 0],
      ['request', 19, 0],
      ['request', 19, 0],
      ['request', 17, 0],
      ['request', 20, 0x600],
      ['request', 21, 0],
      ['request', 24, 0xc00],
      ['request', 24, 0x500],
      ['request', 25, 0],
      ['request', 28, 0x500],
      ['request', 28, 0x500],
    ],
  )
})

t.test('a refused change is thrown as it came', async (t) => {
  const refusal = new KernelError('add', 17)
  const { rtnetlink } = scripted(refusal)
  t.throws(() => rtnetlink.addLink({ kind: 'bridge', name: 'br0' }), refusal)
  t.throws(() => rtnetlink.addRoute(ROUTE), refusal)
})

t.test('a device is found by name or index', async (t) => {
  const { rtnetlink, asked } = scripted([ETH0])
  t.match(rtnetlink.link('eth0'), { index: 2, name: 'eth0', mtu: 1500, up: true })
  t.match(rtnetlink.linkByIndex(2), { index: 2, name: 'eth0' })
  t.match(rtnetlink.links(), [{ index: 2, name: 'eth0' }])
  t.same(
    asked.map(([how, { type }]) => [how, type]),
    [
      ['request', RTM_GETLINK],
      ['request', RTM_GETLINK],
      ['dump', RTM_GETLINK],
    ],
  )
})

t.test('a device that is not there is undefined; another failure is a failure', async (t) => {
  t.equal(scripted(new KernelError('get', 19)).rtnetlink.link('eth0'), undefined)
  t.equal(scripted(new KernelError('get', 19)).rtnetlink.linkByIndex(2), undefined)
  t.throws(() => scripted(new KernelError('get', 1)).rtnetlink.link('eth0'), { code: 'EPERM' })
  t.throws(() => scripted(new KernelError('get', 22)).rtnetlink.linkByIndex(2), { code: 'EINVAL' })
})

t.test('a name that no device could have is the name of no device', async (t) => {
  t.equal(scripted(new KernelError('get', 34)).rtnetlink.link('a'.repeat(200)), undefined)
  t.equal(scripted(new KernelError('get', 22)).rtnetlink.link(''), undefined)
  t.equal(scripted([ETH0]).rtnetlink.link('eth0\0x'), undefined)
})

t.test('VLANs are told by port', async (t) => {
  const ports = ['0900', '0a00'].map((index) =>
    reply(RTM_NEWLINK, `07 00 0100 ${index}0000 00000000 00000000 0c00 1a00 0800 0200 0600 0100`),
  )
  const { rtnetlink, asked } = scripted(ports)
  const first = [{ id: 1, native: true, untagged: true }]
  t.same(
    [...rtnetlink.portVlans()],
    [
      [9, first],
      [10, first],
    ],
  )
  t.match(asked, [['dump', { type: RTM_GETLINK }]])
})

t.test('addresses are filtered by device and family', async (t) => {
  const addresses = [
    reply(20, '02 18 80 00 02000000 0800 0200 0a000002'),
    reply(20, '02 18 80 00 03000000 0800 0200 0a000003'),
    reply(20, '0a 40 80 fd 02000000 1400 0100 fe800000000000000000000000000001'),
    reply(20, '1d 08 00 00 02000000 0500 0200 01'),
  ]
  const { rtnetlink } = scripted(addresses)
  const texts = (filter?: Parameters<typeof rtnetlink.addresses>[0]) => rtnetlink.addresses(filter).map(({ address }) => address)
  t.same(texts(), ['10.0.0.2', '10.0.0.3', 'fe80::1'])
  t.same(texts({ link: 2 }), ['10.0.0.2', 'fe80::1'])
  t.same(texts({ family: 6 }), ['fe80::1'])
  t.same(texts({ link: 3, family: 6 }), [])
})

t.test('routes are filtered, and what the kernel remembers of lookups is no route', async (t) => {
  const routes = [
    reply(24, '02 20 00 00 ff 53 fe 02 00000000 0800 0100 0a60000a'),
    reply(24, '02 00 00 00 fe 03 00 01 00000000 0800 0500 0a000001'),
    reply(24, '0a 80 00 00 fe 00 00 01 00020000 1400 0100 fd000000000000000000000000000009'),
  ]
  const { rtnetlink, asked } = scripted(routes)
  t.match(rtnetlink.routes(), [{ protocol: 83 }, { protocol: 3 }])
  t.equal(rtnetlink.routes().length, 2)
  t.match(rtnetlink.routes({ family: 4, table: 255, protocol: 83 }), [{ destination: { address: '10.96.0.10' } }])
  t.same(rtnetlink.routes({ table: 100 }), [])
  t.equal(asked.length, 4)
})

t.test('a batch of routes is one call, with outcomes in order', async (t) => {
  const { rtnetlink, asked } = scripted()
  const outcomes = rtnetlink.batchRoutes([
    { verb: 'replace', route: ROUTE },
    { verb: 'delete', route: ROUTE },
    { verb: 'replace', route: ROUTE },
  ])
  t.match(outcomes, [undefined, { code: 'ESRCH' }, undefined])
  t.same(
    asked.map(([how, { type }]) => [how, type]),
    [
      ['batch', 24],
      ['batch', 25],
      ['batch', 24],
    ],
  )
})

t.test('the route to an address is what the kernel would use', async (t) => {
  const { rtnetlink } = scripted([reply(24, '02 20 00 00 fe 00 00 01 00020000 0800 0100 08080808 0800 0400 02000000 0800 0500 0a000001')])
  t.match(rtnetlink.routeTo('8.8.8.8'), { gateway: '10.0.0.1', link: 2 })
})

t.test('an address that no packet would get to has no route', async (t) => {
  for (const errno of [101, 113, 13, 22]) t.equal(scripted(new KernelError('get', errno)).rtnetlink.routeTo('8.8.8.8'), undefined)
  for (const type of ['06', '07', '08', '09']) {
    const refusing = reply(24, `0a 80 00 00 fe 03 00 ${type} 00020000 1400 0100 fd000000000000000000000000000009`)
    t.equal(scripted([refusing]).rtnetlink.routeTo('fd00::9'), undefined, type)
  }
  t.throws(() => scripted(new KernelError('get', 1)).rtnetlink.routeTo('8.8.8.8'), { code: 'EPERM' })
})

t.test('counters are the channel’s, and closing closes it', async (t) => {
  const { rtnetlink, isClosed } = scripted()
  t.same(rtnetlink.counters, { messages: 4, datagrams: 2 })
  t.notOk(isClosed())
  rtnetlink.close()
  t.ok(isClosed())
})
