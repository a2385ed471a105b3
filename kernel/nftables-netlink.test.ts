import t from 'tap'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'
import { decodeElements, decodeGeneration, encodeElementsDump, encodeGenerationQuery } from './nftables-netlink.ts'
import { hex } from './testing/bytes.ts'

const bytes = ({ payload }: NetlinkRequest): Buffer => Buffer.concat([payload].flat())
const reply = (type: number, payload: string): NetlinkReply => ({ type, flags: 0, sequence: 1, payload: hex(payload) })

t.test('the generation number is asked for with GETGEN of any family', async (t) => {
  const request = encodeGenerationQuery()
  t.equal(request.type, 0x0a10)
  t.equal(request.flags, 0)
  t.strictSame(bytes(request), hex('00 00 0000'))
})

t.test('a generation number is in network order, beside who made it', async (t) => {
  t.equal(decodeGeneration(reply(0x0a0f, '00 00 0102  0800 0100 00010203  0800 0200 00000fff  0800 0300 6e667400')), 0x010203)
})

t.test('an answer without a generation number is an error, not zero', async (t) => {
  t.throws(() => decodeGeneration(reply(0x0a0f, '00 00 0102')), { code: 'EPROTO' })
  t.throws(() => decodeGeneration(undefined), { code: 'EPROTO' })
})

for (const [family, number] of [
  ['inet', '01'],
  ['ip', '02'],
  ['arp', '03'],
  ['netdev', '05'],
  ['bridge', '07'],
  ['ip6', '0a'],
] as const) {
  t.test(`a set of family ${family} is asked for by table and name`, async (t) => {
    const request = encodeElementsDump({ family, table: 'selvedge', set: 'vips' })
    t.equal(request.type, 0x0a0d)
    t.strictSame(bytes(request), hex(`${number} 00 0000  0d00 0100 73656c7665646765 00 000000  0900 0200 76697073 00 000000`))
  })
}

const TABLE_AND_SET = '0600 0100 7400 0000  0600 0200 7300 0000'

t.test('elements of a concatenated set have keys of padded fields', async (t) => {
  const payload = `01 00 0003  ${TABLE_AND_SET}  2c00 0380
    1400 0180  1000 0180  0c00 0100 0a600001 06000000
    1400 0180  1000 0180  0c00 0100 0a600002 11000000`
  t.strictSame(decodeElements(reply(0x0a0c, payload)), [
    { key: hex('0a600001 06000000'), intervalEnd: false },
    { key: hex('0a600002 11000000'), intervalEnd: false },
  ])
})

t.test('the element behind a range is marked', async (t) => {
  const payload = `01 00 0003  ${TABLE_AND_SET}  1c00 0380  1800 0180  0c00 0180  0800 0100 0b000000  0800 0300 00000001`
  t.strictSame(decodeElements(reply(0x0a0c, payload)), [{ key: hex('0b000000'), intervalEnd: true }])
})

t.test('a concatenated range has a last key', async (t) => {
  const payload = `01 00 0003  ${TABLE_AND_SET}  2000 0380  1c00 0180  0c00 0180  0800 0100 0a000000  0c00 0a80  0800 0100 0affffff`
  t.strictSame(decodeElements(reply(0x0a0c, payload)), [{ key: hex('0a000000'), keyEnd: hex('0affffff'), intervalEnd: false }])
})

t.test('an element of a map has the data that it gives', async (t) => {
  const payload = `01 00 0003  ${TABLE_AND_SET}  2000 0380  1c00 0180  0c00 0180  0800 0100 0a600001  0c00 0280  0800 0100 00200100`
  t.strictSame(decodeElements(reply(0x0a0c, payload)), [{ key: hex('0a600001'), data: hex('00200100'), intervalEnd: false }])
})

t.test('an empty set and a catch-all element give no keys', async (t) => {
  t.strictSame(decodeElements(reply(0x0a0c, `01 00 0003  ${TABLE_AND_SET}`)), [])
  t.strictSame(decodeElements(reply(0x0a0c, `01 00 0003  ${TABLE_AND_SET}  1000 0380  0c00 0180  0800 0300 00000002`)), [])
})
