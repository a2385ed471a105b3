import t from 'tap'
import { byteLength } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { encodeDestinationsDump, encodeOperation, encodeServersDump, encodeTimeouts, encodeTimeoutsQuery } from './encode.ts'
import type { Destination, IpvsOperation, VirtualServer } from './types.ts'

const FAMILY = 0x23

const server: VirtualServer = {
  protocol: 'tcp',
  address: '10.96.0.1',
  port: 80,
  scheduler: 'rr',
  schedulerFlags: 0,
  persistenceSeconds: 0,
}
const server6: VirtualServer = { ...server, protocol: 'udp', address: 'fd00:96::a', port: 53 }
const markServer: VirtualServer = { fwmark: 0x1_2000, family: 4, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 }
const markServer6: VirtualServer = { ...markServer, fwmark: 0xffff_2000, family: 6 }
const destination: Destination = { address: '10.244.1.2', port: 8080, weight: 5 }
const destination6: Destination = { address: 'fd00:244::2', port: 5353, weight: 0 }

const payloadOf = (operation: IpvsOperation): Buffer => Buffer.concat([encodeOperation(FAMILY, operation).payload].flat())

/** AF, PROTOCOL, ADDR, PORT of the two servers. */
const SERVER = '0600 0100 0200 0000  0600 0200 0600 0000  1400 0300 0a600001 00000000 00000000 00000000  0600 0400 0050 0000'
const SERVER6 = '0600 0100 0a00 0000  0600 0200 1100 0000  1400 0300 fd000096 00000000 00000000 0000000a  0600 0400 0035 0000'

/** AF, FWMARK. */
const MARK_SERVER = '0600 0100 0200 0000  0800 0500 00200100'
const MARK_SERVER6 = '0600 0100 0a00 0000  0800 0500 0020ffff'

const MESSAGES: readonly { readonly name: string; readonly operation: IpvsOperation; readonly payload: string }[] = [
  {
    name: 'a new IPv4 server without persistence: no flags of the mask 0x3d, netmask 255.255.255.255',
    operation: { verb: 'addServer', server },
    payload: `01 01 0000  5400 0180 ${SERVER}
      0700 0600 7272 00 00  0c00 0700 00000000 3d000000  0800 0800 00000000  0800 0900 ffffffff`,
  },
  {
    name: 'what a server without persistence is to keep as timeout',
    operation: { verb: 'addServer', server: { ...server, spareSeconds: 83 } },
    payload: `01 01 0000  5400 0180 ${SERVER}
      0700 0600 7272 00 00  0c00 0700 00000000 3d000000  0800 0800 53000000  0800 0900 ffffffff`,
  },
  {
    name: 'a new server by firewall mark has family and mark and no address',
    operation: { verb: 'addServer', server: markServer },
    payload: `01 01 0000  3800 0180 ${MARK_SERVER}
      0700 0600 7272 00 00  0c00 0700 00000000 3d000000  0800 0800 00000000  0800 0900 ffffffff`,
  },
  {
    name: 'a server by firewall mark of IPv6: prefix length 128',
    operation: { verb: 'setServer', server: markServer6 },
    payload: `02 01 0000  3800 0180 ${MARK_SERVER6}
      0700 0600 7272 00 00  0c00 0700 00000000 3d000000  0800 0800 00000000  0800 0900 80000000`,
  },
  {
    name: 'a server by firewall mark is deleted by family and mark',
    operation: { verb: 'deleteServer', server: markServer6 },
    payload: `03 01 0000  1400 0180 ${MARK_SERVER6}`,
  },
  {
    name: 'a destination of a server by firewall mark',
    operation: { verb: 'deleteDestination', server: markServer, destination },
    payload: `07 01 0000  1400 0180 ${MARK_SERVER}
      2800 0280  1400 0100 0af40102 00000000 00000000 00000000  0600 0200 1f90 0000  0600 0b00 0200 0000`,
  },
  {
    name: 'a new IPv6 server with persistence and both sh flags: prefix length 128',
    operation: { verb: 'addServer', server: { ...server6, scheduler: 'sh', schedulerFlags: 0x18, persistenceSeconds: 10_800 } },
    payload: `01 01 0000  5400 0180 ${SERVER6}
      0700 0600 7368 00 00  0c00 0700 19000000 3d000000  0800 0800 302a0000  0800 0900 80000000`,
  },
  {
    name: 'a changed server has the same attributes under SET_SERVICE',
    operation: { verb: 'setServer', server: { ...server, scheduler: 'wlc', persistenceSeconds: 1 } },
    payload: `02 01 0000  5400 0180 ${SERVER}
      0800 0600 776c63 00  0c00 0700 01000000 3d000000  0800 0800 01000000  0800 0900 ffffffff`,
  },
  {
    name: 'a deleted server is only named',
    operation: { verb: 'deleteServer', server },
    payload: `03 01 0000  3000 0180 ${SERVER}`,
  },
  {
    name: 'a new destination: masquerading, no thresholds, its own family',
    operation: { verb: 'addDestination', server, destination },
    payload: `05 01 0000  3000 0180 ${SERVER}  4800 0280
      1400 0100 0af40102 00000000 00000000 00000000  0600 0200 1f90 0000  0800 0300 00000000  0800 0400 05000000
      0800 0500 00000000  0800 0600 00000000  0600 0b00 0200 0000`,
  },
  {
    name: 'a changed IPv6 destination with weight 0',
    operation: { verb: 'setDestination', server: server6, destination: destination6 },
    payload: `06 01 0000  3000 0180 ${SERVER6}  4800 0280
      1400 0100 fd000244 00000000 00000000 00000002  0600 0200 14e9 0000  0800 0300 00000000  0800 0400 00000000
      0800 0500 00000000  0800 0600 00000000  0600 0b00 0a00 0000`,
  },
  {
    name: 'a deleted destination is only named',
    operation: { verb: 'deleteDestination', server, destination },
    payload: `07 01 0000  3000 0180 ${SERVER}  2800 0280
      1400 0100 0af40102 00000000 00000000 00000000  0600 0200 1f90 0000  0600 0b00 0200 0000`,
  },
  {
    name: 'SCTP is protocol 132',
    operation: { verb: 'deleteServer', server: { ...server, protocol: 'sctp' } },
    payload: `03 01 0000  3000 0180 ${SERVER.replace('0600 0200 0600 0000', '0600 0200 8400 0000')}`,
  },
]

for (const { name, operation, payload } of MESSAGES) {
  t.test(name, async (t) => {
    const request = encodeOperation(FAMILY, operation)
    t.equal(payloadOf(operation).toString('hex'), hex(payload).toString('hex'))
    t.equal(request.type, FAMILY)
    t.equal(request.flags, 0)
    t.equal(byteLength(request.payload) % 4, 0)
  })
}

t.test('destinations of servers that differ in one thing are never mixed up', async (t) => {
  const servers = [server, { ...server, port: 81 }, { ...server, protocol: 'udp' as const }, { ...server, address: '10.96.0.2' }, server]
  const identities = servers.map((each) => payloadOf({ verb: 'addDestination', server: each, destination }).subarray(4, 52))
  const asServers = servers.map((each) => payloadOf({ verb: 'deleteServer', server: each }).subarray(4, 52))
  t.strictSame(identities, asServers)
  t.equal(new Set(identities.map((bytes) => bytes.toString('hex'))).size, 4)
})

t.test('dumps and timeouts have their bytes', async (t) => {
  const bytes = (request: { payload: Uint8Array | readonly Uint8Array[] }): Buffer => Buffer.concat([request.payload].flat())
  t.strictSame(bytes(encodeServersDump(FAMILY)), hex('04 01 0000'))
  t.strictSame(bytes(encodeDestinationsDump(FAMILY, server)), hex(`08 01 0000  3000 0180 ${SERVER}`))
  t.strictSame(bytes(encodeTimeoutsQuery(FAMILY)), hex('0d 01 0000'))
  t.strictSame(
    bytes(encodeTimeouts(FAMILY, { tcp: 900, tcpFin: 120, udp: 0 })),
    hex('0c 01 0000  0800 0400 84030000  0800 0500 78000000  0800 0600 00000000'),
  )
})

t.test('an operation’s words name what was to be done', async (t) => {
  const words = (operation: IpvsOperation): string => encodeOperation(FAMILY, operation).operation
  t.equal(words({ verb: 'addServer', server }), 'add virtual server tcp 10.96.0.1:80')
  t.equal(words({ verb: 'setServer', server: server6 }), 'set virtual server udp [fd00:96::a]:53')
  t.equal(words({ verb: 'deleteServer', server }), 'delete virtual server tcp 10.96.0.1:80')
  t.equal(words({ verb: 'addDestination', server, destination }), 'add destination 10.244.1.2:8080 of tcp 10.96.0.1:80')
  t.equal(words({ verb: 'setDestination', server, destination }), 'set destination 10.244.1.2:8080 of tcp 10.96.0.1:80')
  t.equal(
    words({ verb: 'deleteDestination', server: server6, destination: destination6 }),
    'delete destination [fd00:244::2]:5353 of udp [fd00:96::a]:53',
  )
})

const REFUSED: readonly { readonly operation: IpvsOperation; readonly message: string }[] = [
  { operation: { verb: 'addServer', server: { ...server, port: 65_536 } }, message: 'port 65536: not an integer of 0..65535' },
  { operation: { verb: 'addServer', server: { ...server, port: 1.5 } }, message: 'port 1.5: not an integer of 0..65535' },
  { operation: { verb: 'deleteServer', server: { ...server, port: -1 } }, message: 'port -1: not an integer of 0..65535' },
  {
    operation: { verb: 'deleteDestination', server, destination: { address: '10.0.0.1', port: 70_000 } },
    message: 'destination port 70000: not an integer of 0..65535',
  },
  {
    operation: { verb: 'addDestination', server, destination: { ...destination, weight: -1 } },
    message: 'weight -1: not an integer of 0..4294967295',
  },
  {
    operation: { verb: 'setServer', server: { ...server, persistenceSeconds: 2_147_484 } },
    message: 'persistenceSeconds 2147484: not an integer of 0..2147483',
  },
  { operation: { verb: 'addServer', server: { ...markServer, fwmark: 0 } }, message: 'fwmark 0: not an integer of 1..4294967295' },
  {
    operation: { verb: 'deleteServer', server: { ...markServer, fwmark: 2 ** 32 } },
    message: 'fwmark 4294967296: not an integer of 1..4294967295',
  },
  { operation: { verb: 'addServer', server: { ...server, schedulerFlags: 1 } }, message: 'schedulerFlags 1: not a sum of 8, 16 and 32' },
  { operation: { verb: 'addServer', server: { ...server, scheduler: '' } }, message: 'scheduler "": not 1..15 of a-z, 0-9, _' },
  {
    operation: { verb: 'addServer', server: { ...server, scheduler: 'rr\0x' } },
    message: 'scheduler "rr\\u0000x": not 1..15 of a-z, 0-9, _',
  },
  {
    operation: { verb: 'addServer', server: { ...server, scheduler: 'sixteen_letters_' } },
    message: 'scheduler "sixteen_letters_": not 1..15 of a-z, 0-9, _',
  },
]

for (const { operation, message } of REFUSED) {
  t.test(`refused: ${message}`, async (t) => {
    t.throws(() => encodeOperation(FAMILY, operation), new RangeError(message))
  })
}

t.test('timeouts are refused by name', async (t) => {
  t.throws(() => encodeTimeouts(FAMILY, { tcp: -1, tcpFin: 0, udp: 0 }), new RangeError('tcp timeout -1: not an integer of 0..2147483'))
})
