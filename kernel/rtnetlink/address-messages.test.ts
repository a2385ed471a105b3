import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { addAddressRequest, decodeAddress, deleteAddressRequest, dumpAddressesRequest } from './address-messages.ts'

const RTM_NEWADDR = 20
const RTM_DELADDR = 21
const RTM_GETADDR = 22
/** NLM_F_CREATE | NLM_F_EXCL */
const CREATE_EXCL = 0x600

const bytesOf = (request: { payload: Uint8Array | readonly Uint8Array[] }): Buffer => Buffer.concat([request.payload].flat())

t.test('an IPv4 address comes with its broadcast address', async (t) => {
  const request = addAddressRequest(7, { address: '10.1.2.3', prefixLength: 22 })
  t.match(request, { type: RTM_NEWADDR, flags: CREATE_EXCL, operation: 'add address 10.1.2.3/22 to link 7' })
  const attributes = '0800 0200 0a010203  0800 0100 0a010203  0800 0400 0a0103ff'
  t.same(bytesOf(request), hex(`02 16 00 00 07000000 ${attributes}`))
})

t.test('networks of one or two addresses have no broadcast address', async (t) => {
  const local = '0800 0200 0a010203 0800 0100 0a010203'
  t.same(bytesOf(addAddressRequest(7, { address: '10.1.2.3', prefixLength: 31 })), hex(`02 1f 00 00 07000000 ${local}`))
  t.same(bytesOf(addAddressRequest(7, { address: '10.1.2.3', prefixLength: 32 })), hex(`02 20 00 00 07000000 ${local}`))
  t.same(bytesOf(addAddressRequest(7, { address: '10.1.2.3', prefixLength: 30 })), hex(`02 1e 00 00 07000000 ${local} 0800 0400 0a010203`))
  t.same(bytesOf(addAddressRequest(7, { address: '10.1.2.3', prefixLength: 0 })), hex(`02 00 00 00 07000000 ${local} 0800 0400 ffffffff`))
})

t.test('an IPv6 address has none either', async (t) => {
  const address = 'fd000000000000000000000000000002'
  const expected = hex(`0a 40 00 00 07000000 1400 0200 ${address} 1400 0100 ${address}`)
  t.same(bytesOf(addAddressRequest(7, { address: 'fd00::2', prefixLength: 64 })), expected)
})

t.test('an address is deleted by itself, its prefix and its device', async (t) => {
  const request = deleteAddressRequest(7, { address: '10.1.2.3', prefixLength: 24 })
  t.match(request, { type: RTM_DELADDR, flags: 0, operation: 'delete address 10.1.2.3/24 from link 7' })
  t.same(bytesOf(request), hex('02 18 00 00 07000000 0800 0200 0a010203 0800 0100 0a010203'))
})

t.test('a list is asked for one family or for all', async (t) => {
  t.match(dumpAddressesRequest(undefined), { type: RTM_GETADDR, flags: 0 })
  t.same(bytesOf(dumpAddressesRequest(undefined)), hex('00 00 00 00 00000000'))
  t.same(bytesOf(dumpAddressesRequest(4)), hex('02 00 00 00 00000000'))
  t.same(bytesOf(dumpAddressesRequest(6)), hex('0a 00 00 00 00000000'))
})

const reply = (...lines: readonly string[]) => ({ type: RTM_NEWADDR, flags: 2, sequence: 1, payload: hex(lines.join('')) })

t.test('an IPv4 address is read with all bits of its flags', async (t) => {
  const address = reply(
    '02 18 80 00 07000000',
    '0800 0100 0a010203', // IFA_ADDRESS
    '0800 0200 0a010203', // IFA_LOCAL
    '0800 0400 0a0102ff', // IFA_BROADCAST
    '0900 0300 6574683000 000000', // IFA_LABEL
    '0800 0800 80020000', // IFA_FLAGS
    '1400 0600 ffffffff ffffffff 01000000 01000000', // IFA_CACHEINFO
  )
  t.same(decodeAddress(address), { address: '10.1.2.3', prefixLength: 24, link: 7, scope: 0, flags: 0x280 })
})

t.test('IPv6 sends no local address; old kernels send eight bits of flags', async (t) => {
  const address = reply('0a 40 c0 fd 02000000 1400 0100 fe800000000000000000000000000001')
  t.same(decodeAddress(address), { address: 'fe80::1', prefixLength: 64, link: 2, scope: 253, flags: 0xc0 })
})

t.test('of a point-to-point link it is our end', async (t) => {
  const address = reply('02 20 80 00 07000000 0800 0100 0a010204 0800 0200 0a010203')
  t.match(decodeAddress(address), { address: '10.1.2.3', prefixLength: 32 })
})

t.test('addresses of other families are none', async (t) => {
  t.equal(decodeAddress(reply('1d 08 00 00 07000000 0500 0200 01')), undefined)
  t.equal(decodeAddress(reply('02 18 80 00 07000000')), undefined)
})
