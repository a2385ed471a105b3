import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { byteLength, decodeMessages, encodeMessage, errorOf, type NetlinkReply } from './message.ts'

t.test('a message is its header and its payload, padded to four bytes that its length leaves out', async (t) => {
  const request = { operation: 'x', type: 16, flags: 0x600, payload: hex('01020304 05') }
  const expected = hex(`
    15000000 1000 0506 78563412 dd0c0000
    01020304 05 000000
  `)
  t.same(encodeMessage(request, 0x4, 0x12345678, 3293), expected)
})

t.test('a payload in pieces is joined', async (t) => {
  const request = { operation: 'x', type: 18, flags: 0, payload: [hex('0102'), hex('0304'), hex('05060708')] }
  t.same(encodeMessage(request, 0x300, 1, 0), hex('18000000 1200 0103 01000000 00000000 01020304 05060708'))
  t.equal(byteLength(request.payload), 8)
  t.equal(byteLength(hex('0102')), 2)
})

t.test('a datagram is taken apart at the boundaries of its messages', async (t) => {
  const datagram = hex(`
    11000000 1000 0200 07000000 01000000 aa 000000
    10000000 0300 0200 07000000 01000000
    14000000 0200 0000 08000000 01000000 01020304
  `)
  t.same(decodeMessages(datagram), [
    { type: 16, flags: 2, sequence: 7, payload: hex('aa') },
    { type: 3, flags: 2, sequence: 7, payload: hex('') },
    { type: 2, flags: 0, sequence: 8, payload: hex('01020304') },
  ])
  t.same(decodeMessages(Buffer.alloc(0)), [])
})

t.test('the last message of a datagram needs no padding', async (t) => {
  t.same(decodeMessages(hex('11000000 1000 0000 01000000 00000000 aa')), [{ type: 16, flags: 0, sequence: 1, payload: hex('aa') }])
})

t.test('lengths that do not add up are refused', async (t) => {
  const shorterThanItsHeader = '0f000000 1000 0000 01000000 00000000'
  const zero = '00000000 1000 0000 01000000 00000000'
  const longerThanTheDatagram = '15000000 1000 0000 01000000 00000000 01020304'
  const second = '10000000 0300 0000 01000000 00000000 ffffffff 0300 0000 01000000 00000000'
  for (const bytes of [shorterThanItsHeader, zero, longerThanTheDatagram, second]) {
    t.throws(() => decodeMessages(hex(bytes)), { code: 'EPROTO' }, bytes)
  }
})

/** An NLMSG_ERROR reply to a request of 24 bytes. */
const reply = (flags: number, payload: string): NetlinkReply => ({ type: 2, flags, sequence: 1, payload: hex(payload) })
const REQUEST_HEADER = '18000000 1400 0506 01000000 00000000'
const REQUEST_PAYLOAD = '0102030405060708'

t.test('errno 0 is an acknowledgement', async (t) => {
  t.equal(errorOf({ operation: 'x' }, reply(0x100, `00000000 ${REQUEST_HEADER}`)), undefined)
})

t.test('a refusal carries its errno', async (t) => {
  const error = errorOf({ operation: 'add address' }, reply(0, `efffffff ${REQUEST_HEADER} ${REQUEST_PAYLOAD}`))
  t.match(error, { code: 'EEXIST', errno: 17, message: 'add address: file exists' })
})

t.test("the kernel's own words stand behind the request, whole or capped to its header", async (t) => {
  const words = '0700 0300 aabbcc 00 0e00 0100 4e6f74206120627269 00 0000'
  const whole = errorOf({ operation: 'x' }, reply(0x200, `eaffffff ${REQUEST_HEADER} ${REQUEST_PAYLOAD} ${words}`))
  t.equal(whole?.message, 'x (Not a bri): invalid argument')
  const capped = errorOf({ operation: 'x' }, reply(0x300, `eaffffff ${REQUEST_HEADER} ${words}`))
  t.equal(capped?.message, 'x (Not a bri): invalid argument')
})

t.test('a refusal without words, or with broken ones, is still the refusal', async (t) => {
  const broken = ['', '0300 0100 41 00', '0800 0200 01020304', '00000000']
  for (const attributes of broken) {
    t.equal(
      errorOf({ operation: 'x' }, reply(0x300, `eaffffff ${REQUEST_HEADER} ${attributes}`))?.message,
      'x: invalid argument',
      attributes,
    )
  }
})

t.test('an error message that is too short to hold its request is refused', async (t) => {
  for (const payload of ['', 'eaffff', 'eaffffff', `eaffffff ${REQUEST_HEADER.slice(0, -2)}`]) {
    t.throws(() => errorOf({ operation: 'x' }, reply(0, payload)), { code: 'EPROTO' }, payload)
  }
})
