import t from 'tap'
import { KernelError } from '../errno.ts'
import type { NetlinkChannel } from '../netlink/channel.ts'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { ipvsOver } from './open.ts'
import { serverText } from './server-id.ts'
import type { IpvsOperation, VirtualServer } from './types.ts'

const FAMILY = 0x23

interface FakeChannel extends NetlinkChannel {
  readonly sent: NetlinkRequest[]
  closed: boolean
}

/** A kernel that refuses what `refuses` says with ESRCH, and answers questions with `replies`. */
const fakeChannel = (refuses: (operation: string) => boolean, replies: NetlinkReply[] = []): FakeChannel => {
  const sent: NetlinkRequest[] = []
  const channel: FakeChannel = {
    sent,
    closed: false,
    request: (request) => {
      sent.push(request)
      return replies
    },
    dump: (request) => {
      sent.push(request)
      return replies
    },
    batch: (requests) => {
      sent.push(...requests)
      return requests.map(({ operation }) => (refuses(operation) ? new KernelError(operation, 3) : undefined))
    },
    counters: { messages: 7, datagrams: 3 },
    port: 1,
    close: () => {
      channel.closed = true
    },
  }
  return channel
}

const server = (port: number): VirtualServer => ({
  protocol: 'tcp',
  address: '10.96.0.1',
  port,
  scheduler: 'rr',
  schedulerFlags: 0,
  persistenceSeconds: 0,
})

t.test('each operation has its own outcome, in order, also when one cannot be encoded', async (t) => {
  const channel = fakeChannel((operation) => operation.endsWith(':82'))
  const operations: IpvsOperation[] = [
    { verb: 'addServer', server: server(80) },
    { verb: 'addServer', server: server(99_999) },
    { verb: 'addServer', server: { ...server(81), address: 'not an address' } },
    { verb: 'deleteServer', server: server(82) },
    { verb: 'deleteServer', server: server(83) },
  ]
  const outcomes = ipvsOver(channel, FAMILY).apply(operations)
  t.strictSame(
    outcomes.map((outcome) => outcome?.message),
    [
      undefined,
      'port 99999: not an integer of 0..65535',
      'invalid IP address not an address',
      'delete virtual server tcp 10.96.0.1:82: no such process',
      undefined,
    ],
  )
  t.strictSame(
    channel.sent.map(({ operation }) => operation),
    ['add virtual server tcp 10.96.0.1:80', 'delete virtual server tcp 10.96.0.1:82', 'delete virtual server tcp 10.96.0.1:83'],
  )
})

t.test('no operations send nothing', async (t) => {
  const channel = fakeChannel(() => false)
  t.strictSame(ipvsOver(channel, FAMILY).apply([]), [])
  t.strictSame(channel.sent, [])
})

t.test('a dump leaves out the servers that cannot be named', async (t) => {
  const otherProtocol = '01 01 0000  1400 0180  0600 0100 0200 0000  0600 0200 2f00 0000'
  const named = `01 01 0000  3000 0180
    0600 0100 0200 0000  0600 0200 0600 0000  1400 0300 0a600001 00000000 00000000 00000000  0600 0400 0050 0000`
  const replies = [otherProtocol, named].map((payload) => ({ type: FAMILY, flags: 2, sequence: 1, payload: hex(payload) }))
  const servers = ipvsOver(
    fakeChannel(() => false, replies),
    FAMILY,
  ).servers()
  t.strictSame(servers.map(serverText), ['tcp 10.96.0.1:80'])
})

t.test('timeouts are read from the one answer, and a missing answer is an error', async (t) => {
  const payload = hex('0c 01 0000  0800 0400 84030000  0800 0500 78000000  0800 0600 2c010000')
  const replies = [{ type: FAMILY, flags: 0, sequence: 1, payload }]
  t.strictSame(
    ipvsOver(
      fakeChannel(() => false, replies),
      FAMILY,
    ).timeouts(),
    { tcp: 900, tcpFin: 120, udp: 300 },
  )
  t.throws(
    () =>
      ipvsOver(
        fakeChannel(() => false),
        FAMILY,
      ).timeouts(),
    { code: 'EPROTO' },
  )
})

t.test('counters and closing are the channel’s', async (t) => {
  const channel = fakeChannel(() => false)
  const ipvs = ipvsOver(channel, FAMILY)
  t.equal(ipvs.counters, channel.counters)
  ipvs.close()
  t.equal(channel.closed, true)
})
