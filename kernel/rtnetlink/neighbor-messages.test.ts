import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { decodeForwarding, dumpForwardingsRequest, setForwardingRequest, setNeighborRequest } from './neighbor-messages.ts'

const RTM_NEWNEIGH = 28
/** NLM_F_CREATE | NLM_F_REPLACE */
const CREATE_REPLACE = 0x500

const bytesOf = (request: { payload: Uint8Array | readonly Uint8Array[] }): Buffer => Buffer.concat([request.payload].flat())
const ENTRY = { link: 9, mac: '02:00:00:00:00:0a', address: '10.1.0.2' }
const MAC = '0a00 0200 02000000000a 0000'

t.test('a neighbour is a permanent entry of its family', async (t) => {
  t.match(setNeighborRequest(ENTRY), { type: RTM_NEWNEIGH, flags: CREATE_REPLACE, operation: 'set neighbour 10.1.0.2 on link 9' })
  t.same(bytesOf(setNeighborRequest(ENTRY)), hex(`02 00 0000 09000000 8000 00 00 0800 0100 0a010002 ${MAC}`))
  const v6 = setNeighborRequest({ ...ENTRY, address: 'fd00::2' })
  t.same(bytesOf(v6), hex(`0a 00 0000 09000000 8000 00 00 1400 0100 fd000000000000000000000000000002 ${MAC}`))
})

t.test('a forwarding entry is one of the bridge family, of the device itself', async (t) => {
  t.match(setForwardingRequest(ENTRY), {
    type: RTM_NEWNEIGH,
    flags: CREATE_REPLACE,
    operation: 'set forwarding of 02:00:00:00:00:0a on link 9',
  })
  t.same(bytesOf(setForwardingRequest(ENTRY)), hex(`07 00 0000 09000000 8000 02 00 0800 0100 0a010002 ${MAC}`))
})

t.test('a dump of the bridge family lists forwarding entries; those with an address are told', async (t) => {
  t.match(dumpForwardingsRequest(), { type: 30, flags: 0 })
  t.same(bytesOf(dumpForwardingsRequest()), hex('07 000000 00000000 00000000'))
  const reply = (bytes: string) => ({ type: RTM_NEWNEIGH, flags: 0, sequence: 1, port: 0, payload: hex(bytes) })
  t.same(decodeForwarding(reply(`07 00 0000 09000000 8000 02 00 0800 0100 0a010002 ${MAC}`)), ENTRY)
  t.equal(decodeForwarding(reply(`07 00 0000 09000000 8000 02 00 ${MAC}`)), undefined, 'one that leads to a port')
})
