import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { addPortVlansRequest, decodePortVlans, deletePortVlansRequest, dumpPortVlansRequest } from './bridge-vlan.ts'

const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_GETLINK = 18
const RTM_SETLINK = 19
/** AF_BRIDGE, index 9. */
const PORT_9 = '07 00 0000 09000000 00000000 00000000'
/** IFLA_BRIDGE_FLAGS = MASTER */
const MASTER = '0600 0000 0100 0000'

const bytesOf = (request: { payload: Uint8Array | readonly Uint8Array[] }): Buffer => Buffer.concat([request.payload].flat())

t.test('a native VLAN is PVID and untagged', async (t) => {
  const request = addPortVlansRequest(9, [{ id: 100, native: true, untagged: true }])
  t.match(request, { type: RTM_SETLINK, flags: 0, operation: 'add VLANs to bridge port 9' })
  t.same(bytesOf(request), hex(`${PORT_9} 1400 1a80 ${MASTER} 0800 0200 0600 6400`))
})

t.test('tagged VLANs have no flags, and neighbours are a range', async (t) => {
  const tagged = [5, 200, 201, 202, 204].map((id) => ({ id }))
  const infos = '0800 0200 0000 0500  0800 0200 0800 c800  0800 0200 1000 ca00  0800 0200 0000 cc00'
  t.same(bytesOf(addPortVlansRequest(9, tagged)), hex(`${PORT_9} 2c00 1a80 ${MASTER} ${infos}`))
})

t.test('a range never takes in a VLAN with other flags', async (t) => {
  const request = addPortVlansRequest(9, [{ id: 1, native: true, untagged: true }, { id: 2 }, { id: 3, untagged: true }])
  t.same(bytesOf(request), hex(`${PORT_9} 2400 1a80 ${MASTER} 0800 0200 0600 0100  0800 0200 0000 0200  0800 0200 0400 0300`))
})

t.test('VLANs are deleted by their ids alone', async (t) => {
  const request = deletePortVlansRequest(9, [1, 2, 9])
  t.match(request, { type: RTM_DELLINK, flags: 0, operation: 'delete VLANs of bridge port 9' })
  t.same(bytesOf(request), hex(`${PORT_9} 2400 1a80 ${MASTER} 0800 0200 0800 0100  0800 0200 1000 0200  0800 0200 0000 0900`))
})

t.test('the question asks for VLANs as ranges', async (t) => {
  t.match(dumpPortVlansRequest(), { type: RTM_GETLINK, flags: 0 })
  t.same(bytesOf(dumpPortVlansRequest()), hex('07 00 0000 00000000 00000000 00000000 0800 1d00 04000000'))
})

const reply = (...lines: string[]) => ({ type: RTM_NEWLINK, flags: 0, sequence: 1, payload: hex(lines.join('')) })

t.test('a port answers with single VLANs and ranges', async (t) => {
  const port = reply(
    '07 00 0100 09000000 43110100 00000000',
    '0800 0a00 03000000', // IFLA_MASTER
    '2400 1a80', // IFLA_AF_SPEC
    '  0800 0200 0600 0100', // 1 PVID untagged
    '  0800 0200 0800 c800', // from 200
    '  0800 0200 1000 ca00', // to 202
    '  0800 0380 0400 0100', // IFLA_BRIDGE_VLAN_TUNNEL_INFO {}
  )
  t.same(decodePortVlans(port), [9, [{ id: 1, native: true, untagged: true }, { id: 200 }, { id: 201 }, { id: 202 }]])
})

t.test('a port without VLANs answers without them', async (t) => {
  t.same(decodePortVlans(reply('07 00 0100 09000000 43110100 00000000 0800 0a00 03000000')), [9, []])
})
