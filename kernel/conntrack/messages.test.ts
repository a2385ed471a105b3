import t from 'tap'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { decodeFlow, encodeFlowDeletion, encodeFlowsDump, type Flow } from './messages.ts'

const bytes = ({ payload }: NetlinkRequest): Buffer => Buffer.concat([payload].flat())
const reply = (payload: string): NetlinkReply => ({ type: 0x0100, flags: 0, sequence: 1, payload: hex(payload) })

const FLOW: Flow = {
  family: 4,
  protocol: 17,
  source: '192.0.2.1',
  destination: '192.0.2.9',
  sourcePort: 40000,
  destinationPort: 5353,
  id: 0x01020304,
}

t.test('a dump asks the kernel for one protocol and destination port only', async (t) => {
  const request = encodeFlowsDump({ family: 4, protocol: 'udp', destinationPort: 5353 })
  t.match(request, { type: 0x0101, flags: 0, operation: 'list udp flows to port 5353' })
  t.strictSame(
    bytes(request),
    hex(`02 00 0000
      1800 0180  1400 0280  0500 0100 11000000  0600 0300 14e90000
      0c00 1980  0800 0100 28000000`),
  )
  t.equal(bytes(encodeFlowsDump({ family: 6, protocol: 'udp', destinationPort: 5353 }))[0], 10)
})

t.test('a dump of all ports asks for one protocol only', async (t) => {
  const request = encodeFlowsDump({ family: 4, protocol: 'udp' })
  t.match(request, { type: 0x0101, operation: 'list udp flows' })
  t.strictSame(bytes(request), hex('02 00 0000  1000 0180  0c00 0280  0500 0100 11000000  0c00 1980  0800 0100 08000000'))
})

t.test('a flow is deleted by its whole first direction and its id', async (t) => {
  const request = encodeFlowDeletion(FLOW)
  t.match(request, { type: 0x0102, flags: 0, operation: 'delete flow 192.0.2.1:40000 to 192.0.2.9:5353' })
  t.strictSame(
    bytes(request),
    hex(`02 00 0000
      3400 0180  1400 0180  0800 0100 c0000201  0800 0200 c0000209  1c00 0280  0500 0100 11000000  0600 0200 9c400000  0600 0300 14e90000
      0800 0c00 01020304`),
  )
})

t.test('the flow of another zone is deleted in that zone', async (t) => {
  t.strictSame(bytes(encodeFlowDeletion({ ...FLOW, zone: 7 })).subarray(-8), hex('0600 1200 00070000'))
})

t.test('a flow of a dump is read, whatever else the kernel tells of it', async (t) => {
  const seen = decodeFlow(
    reply(`02 00 0000
      3400 0180  1400 0180  0800 0100 c0000201  0800 0200 c0000209  1c00 0280  0500 0100 11000000  0600 0200 9c400000  0600 0300 14e90000
      3400 0280  1400 0180  0800 0100 0a140302  0800 0200 c0000201  1c00 0280  0500 0100 11000000  0600 0200 00350000  0600 0300 9c400000
      0800 0300 00000008  0800 0800 00000000  0800 0c00 01020304  0600 1200 00070000`),
  )
  t.strictSame(seen, { ...FLOW, zone: 7, answering: { address: '10.20.3.2', port: 53 } }, 'translated to 10.20.3.2')
})

t.test('an IPv6 flow keeps its family', async (t) => {
  const seen = decodeFlow(
    reply(`0a 00 0000
      4c00 0180  2c00 0180  1400 0300 fd000000000000000000000000000001  1400 0400 fd000000000000000000000000000009
      1c00 0280  0500 0100 11000000  0600 0200 9c400000  0600 0300 14e90000
      0800 0c00 01020304`),
  )
  t.strictSame(seen, { ...FLOW, family: 6, source: 'fd00::1', destination: 'fd00::9' })
  t.match(bytes(encodeFlowDeletion({ ...FLOW, family: 6, source: 'fd00::1', destination: 'fd00::9' })).toString('hex'), /^0a000000/)
})

t.test('a flow without ports is none of ours', async (t) => {
  t.equal(
    decodeFlow(
      reply('02 00 0000  2400 0180  1400 0180  0800 0100 c0000201  0800 0200 c0000209  0c00 0280  0500 0100 01000000  0800 0c00 01020304'),
    ),
    undefined,
  )
})
