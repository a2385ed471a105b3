import t from 'tap'
import type { NetlinkReply } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { decodeDestination, decodeServer, decodeTimeouts } from './decode.ts'

const reply = (payload: string): NetlinkReply => ({ type: 0x23, flags: 2, sequence: 1, payload: hex(payload) })

/** A nest around attributes, so that a test can leave some out without counting bytes. */
const nest = (type: string, attributes: string): string => {
  const length = Buffer.alloc(2)
  length.writeUInt16LE(4 + hex(attributes).length)
  return `${length.toString('hex')} ${type} ${attributes}`
}

const IDENTITY = '0600 0100 0200 0000  0600 0200 0600 0000  1400 0300 0a600001 00000000 00000000 00000000  0600 0400 0050 0000'
const SETTINGS = '0700 0600 7272 00 00  0c00 0700 03000000 ffffffff  0800 0800 302a0000  0800 0900 ffffffff'
const STATS = `
  0800 0100 01000000  0800 0200 02000000  0800 0300 03000000  0c00 0400 0400000000000000  0c00 0500 0500000000000000
  0800 0600 06000000  0800 0700 07000000  0800 0800 08000000  0800 0900 09000000  0800 0a00 0a000000`
const STATS64 = `
  0c00 0100 ffffffffffffffff  0c00 0200 0000000001000000  0c00 0300 0300000000000000  0c00 0400 0400000000000000
  0400 0b00  0c00 0500 0500000000000000  0c00 0600 0600000000000000  0c00 0700 0700000000000000
  0c00 0800 0800000000000000  0c00 0900 0900000000000000  0c00 0a00 0a00000000000000`

t.test('a server of a dump has its settings and its 64-bit counters', async (t) => {
  const attributes = `${IDENTITY} ${SETTINGS} ${nest('0a80', STATS)} ${nest('0c80', STATS64)}`
  t.strictSame(decodeServer(reply(`01 01 0000 ${nest('0180', attributes)}`)), {
    protocol: 'tcp',
    address: '10.96.0.1',
    port: 80,
    scheduler: 'rr',
    schedulerFlags: 0,
    persistenceSeconds: 10_800,
    persistencePrefix: 32,
    stats: {
      connections: 0xffff_ffff_ffff_ffffn,
      packetsIn: 0x1_0000_0000n,
      packetsOut: 3n,
      bytesIn: 4n,
      bytesOut: 5n,
      connectionRate: 6n,
      packetRateIn: 7n,
      packetRateOut: 8n,
      byteRateIn: 9n,
      byteRateOut: 10n,
    },
  })
})

t.test('a kernel without 64-bit counters gives its 32-bit ones', async (t) => {
  const attributes = `${IDENTITY} ${SETTINGS} ${nest('0a00', STATS)}`
  t.strictSame(decodeServer(reply(`01 01 0000 ${nest('0100', attributes)}`))?.stats, {
    connections: 1n,
    packetsIn: 2n,
    packetsOut: 3n,
    bytesIn: 4n,
    bytesOut: 5n,
    connectionRate: 6n,
    packetRateIn: 7n,
    packetRateOut: 8n,
    byteRateIn: 9n,
    byteRateOut: 10n,
  })
})

const settings = (flags: string, netmask = 'ffffffff'): string =>
  `0700 0600 7272 00 00  0c00 0700 ${flags} ffffffff  0800 0800 68010000  0800 0900 ${netmask}`

t.test('the kernel’s timeout of a server without persistence is no persistence', async (t) => {
  const server = decodeServer(reply(`01 01 0000 ${nest('0180', `${IDENTITY} ${settings('02000000')}`)}`))
  t.equal(server?.persistenceSeconds, 0)
  t.equal(server?.spareSeconds, 360)
})

t.test('scheduler flags are kept, and one-packet mode shows among them', async (t) => {
  const flagsOf = (flags: string) => decodeServer(reply(`01 01 0000 ${nest('0180', `${IDENTITY} ${settings(flags)}`)}`))?.schedulerFlags
  t.equal(flagsOf('1b000000'), 0x18)
  t.equal(flagsOf('07000000'), 0x4)
})

t.test('a persistence netmask is given in bits', async (t) => {
  const prefixOf = (identity: string, netmask: string) =>
    decodeServer(reply(`01 01 0000 ${nest('0180', `${identity} ${settings('03000000', netmask)}`)}`))?.persistencePrefix
  t.equal(prefixOf(IDENTITY, 'ffffff00'), 24)
  t.equal(prefixOf(IDENTITY6, '40000000'), 64)
})

const IDENTITY6 = '0600 0100 0a00 0000  0600 0200 1100 0000  1400 0300 fd000096 00000000 00000000 0000000a  0600 0400 0035 0000'

t.test('an IPv6 server has its address in canonical text', async (t) => {
  const server = decodeServer(reply(`01 01 0000 ${nest('0180', `${IDENTITY6} ${SETTINGS}`)}`))
  t.match(server, { protocol: 'udp', address: 'fd00:96::a', port: 53 })
})

t.test('a server by firewall mark has mark and family', async (t) => {
  const marked = (family: string) =>
    decodeServer(reply(`01 01 0000 ${nest('0180', `0600 0100 ${family} 0000  0800 0500 00200100 ${settings('03000000', '80000000')}`)}`))
  t.match(marked('0200'), { fwmark: 0x1_2000, family: 4, scheduler: 'rr', persistenceSeconds: 360 })
  t.match(marked('0a00'), { fwmark: 0x1_2000, family: 6, persistencePrefix: 128 })
})

t.test('servers that cannot be named are left out', async (t) => {
  const otherProtocol = IDENTITY.replace('0600 0200 0600 0000', '0600 0200 2f00 0000')
  const mapped = IDENTITY6.replace('fd000096 00000000 00000000 0000000a', '00000000 00000000 0000ffff 0a600001')
  for (const identity of [otherProtocol, mapped]) {
    t.equal(decodeServer(reply(`01 01 0000 ${nest('0180', `${identity} ${SETTINGS}`)}`)), undefined)
  }
})

const PLACE = '1400 0100 0af40102 00000000 00000000 00000000  0600 0200 1f90 0000'
const STATE = (forwarding: string) => `0800 0300 ${forwarding}  0800 0400 05000000  0800 0500 00000000  0800 0600 00000000
  0800 0700 11000000  0800 0800 22000000  0800 0900 00000000  0600 0b00 0200 0000`

t.test('a destination of a dump has weight and connections', async (t) => {
  t.strictSame(decodeDestination(reply(`05 01 0000 ${nest('0280', `${PLACE} ${STATE('00000000')}`)}`)), {
    address: '10.244.1.2',
    port: 8080,
    weight: 5,
    activeConnections: 17,
    inactiveConnections: 34,
    masquerading: true,
  })
})

t.test('a destination that tunnels or routes is not masquerading', async (t) => {
  t.equal(decodeDestination(reply(`05 01 0000 ${nest('0280', `${PLACE} ${STATE('02000000')}`)}`))?.masquerading, false)
  t.equal(decodeDestination(reply(`05 01 0000 ${nest('0280', `${PLACE} ${STATE('03000000')}`)}`))?.masquerading, false)
})

t.test('timeouts are seconds', async (t) => {
  t.strictSame(decodeTimeouts(reply('0c 01 0000  0800 0400 84030000  0800 0500 78000000  0800 0600 2c010000')), {
    tcp: 900,
    tcpFin: 120,
    udp: 300,
  })
})

t.test('a reply whose lengths do not add up is refused', async (t) => {
  t.throws(() => decodeServer(reply('01 01 0000 4000 0180 0600 0100 0200 0000')), { code: 'EPROTO' })
})
