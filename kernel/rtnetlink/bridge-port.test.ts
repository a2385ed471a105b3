import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { setBridgePortRequest } from './bridge-port.ts'

const RTM_SETLINK = 19
/** AF_BRIDGE, index 9. */
const PORT_9 = '07 00 0000 09000000 00000000 00000000'
const bytesOf = (flags: Parameters<typeof setBridgePortRequest>[1]) => Buffer.concat([setBridgePortRequest(9, flags).payload].flat())

t.test('hairpin and isolation are one message, written also when off', async (t) => {
  t.match(setBridgePortRequest(9, {}), { type: RTM_SETLINK, flags: 0, operation: 'set bridge port 9' })
  const on = '1400 0c80 0500 0400 01 000000 0500 2100 01 000000'
  t.same(bytesOf({ hairpin: true, isolated: true }), hex(PORT_9 + on))
  const off = '1400 0c80 0500 0400 00 000000 0500 2100 00 000000'
  t.same(bytesOf({ hairpin: false, isolated: false }), hex(PORT_9 + off))
})

t.test('a flag not given is not touched', async (t) => {
  t.same(bytesOf({ hairpin: true }), hex(`${PORT_9} 0c00 0c80 0500 0400 01 000000`))
  t.same(bytesOf({ isolated: true }), hex(`${PORT_9} 0c00 0c80 0500 2100 01 000000`))
})
