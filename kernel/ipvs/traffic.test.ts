import t from 'tap'
import type { NetlinkReply } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { decodeTraffic } from './traffic.ts'

const reply = (payload: string): NetlinkReply => ({ type: 0x23, flags: 2, sequence: 1, payload: hex(payload) })

/** A nest around attributes. */
const nest = (type: string, attributes: string): string => {
  const length = Buffer.alloc(2)
  length.writeUInt16LE(4 + hex(attributes).length)
  return `${length.toString('hex')} ${type} ${attributes}`
}
const message = (attributes: string): NetlinkReply => reply(`01 01 0000 ${nest('0180', attributes)}`)
const read = (attributes: string) => {
  const traffic = decodeTraffic(message(attributes))
  return traffic && { server: traffic.server, counters: [...traffic.counters] }
}

const V4 = '0600 0100 0200 0000  0600 0200 0600 0000  1400 0300 0a600001 00000000 00000000 00000000  0600 0400 0050 0000'
const V6 = '0600 0100 0a00 0000  0600 0200 1100 0000  1400 0300 fd000000 00000000 00000000 00000001  0600 0400 0035 0000'
const MARK = '0600 0100 0a00 0000  0800 0500 00200100'
const SETTINGS = '0700 0600 7272 00 00  0c00 0700 03000000 ffffffff  0800 0800 302a0000  0800 0900 ffffffff'
const STATS = `
  0800 0100 01000000  0800 0200 02000000  0800 0300 03000000  0c00 0400 0400000001000000  0c00 0500 0500000000000000
  0800 0600 06000000  0800 0700 07000000  0800 0800 08000000  0800 0900 09000000  0800 0a00 ffffffff`
const STATS64 = `
  0c00 0100 0100000001000000  0c00 0200 ffffffff00000000  0c00 0300 0300000000000000  0c00 0400 0400000000000000
  0400 0b00  0c00 0500 0500000000000000  0c00 0600 0600000000000000  0c00 0700 0700000000000000
  0c00 0800 0800000000000000  0c00 0900 0900000000000000  0c00 0a00 0a00000000000000`

t.test('the 64-bit counters count, beyond 32 bits and with the kernel’s padding', async (t) => {
  t.strictSame(read(`${V4} ${SETTINGS} ${nest('0a80', STATS)} ${nest('0c80', STATS64)}`), {
    server: 'tcp 10.96.0.1:80',
    counters: [4_294_967_297, 4_294_967_295, 3, 4, 5, 6, 7, 8, 9, 10],
  })
})

t.test('a kernel without 64-bit counters gives its 32-bit ones', async (t) => {
  t.strictSame(read(`${V4} ${nest('0a00', STATS)}`), {
    server: 'tcp 10.96.0.1:80',
    counters: [1, 2, 3, 4_294_967_300, 5, 6, 7, 8, 9, 4_294_967_295],
  })
})

t.test('servers are named by address, IPv6 too, or by mark', async (t) => {
  t.equal(read(V6)?.server, 'udp [fd00::1]:53')
  t.equal(read(MARK)?.server, 'fwmark 0x12000 ipv6')
  t.strictSame(read(V6)?.counters, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'without any counters')
})

t.test('what has no name of ours, or is cut short, is left out', async (t) => {
  t.equal(read(V4.replace('0600 0200 0600', '0600 0200 3200')), undefined, 'protocol 50')
  t.equal(read('0600 0100 0200 0000'), undefined)
  t.equal(decodeTraffic(reply('01 01 0000')), undefined)
  t.equal(decodeTraffic(reply('01 01 0000 ffff 0180 0600 0100 0200')), undefined)
})
