import t from 'tap'
import type { NetlinkRequest } from './netlink/message.ts'
import { encodeChainQuery, encodeTableQuery } from './nftables-presence.ts'
import { hex } from './testing/bytes.ts'

const bytes = ({ payload }: NetlinkRequest): Buffer => Buffer.concat([payload].flat())

t.test('a table is asked for by family and name, not as a dump', async (t) => {
  const request = encodeTableQuery({ family: 4, table: 'nat' })
  t.match(request, { type: 0x0a01, flags: 0, operation: 'look up nftables table nat' })
  t.strictSame(bytes(request), hex('02 00 0000  0800 0100 6e617400'))
  t.strictSame(bytes(encodeTableQuery({ family: 6, table: 'nat' })), hex('0a 00 0000  0800 0100 6e617400'))
  t.strictSame(bytes(encodeTableQuery({ family: 'inet', table: 'nat' })), hex('01 00 0000  0800 0100 6e617400'))
  t.strictSame(bytes(encodeTableQuery({ family: 'bridge', table: 'nat' })), hex('07 00 0000  0800 0100 6e617400'))
})

t.test('a chain is asked for by family, table and name', async (t) => {
  const request = encodeChainQuery({ family: 6, table: 'nat', chain: 'CNI' })
  t.match(request, { type: 0x0a04, flags: 0, operation: 'look up nftables chain nat CNI' })
  t.strictSame(bytes(request), hex('0a 00 0000  0800 0100 6e617400  0800 0300 434e4900'))
})
