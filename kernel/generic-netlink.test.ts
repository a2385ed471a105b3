import t from 'tap'
import { KernelError } from './errno.ts'
import { findGenericFamily, genericAttributes, genericCommand, genericRequest } from './generic-netlink.ts'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'
import { hex } from './testing/bytes.ts'

const replyWith = (payload: string): NetlinkReply => ({ type: 16, flags: 0, sequence: 1, payload: hex(payload) })

t.test('the question for a family names it to the controller', async (t) => {
  const asked: NetlinkRequest[] = []
  const channel = {
    request: (request: NetlinkRequest) => {
      asked.push(request)
      return [replyWith('01 02 0000  0900 0200 49505653 00 000000  0600 0100 2300 0000  0800 0300 01000000')]
    },
  }
  t.equal(findGenericFamily(channel, 'IPVS'), 0x23)
  t.equal(asked[0]?.type, 16)
  t.equal(asked[0]?.flags, 0)
  t.strictSame(Buffer.concat([asked[0]?.payload ?? []].flat()), hex('03 01 0000  0900 0200 49505653 00 000000'))
})

t.test('a family that the kernel does not know is undefined', async (t) => {
  const channel = {
    request: () => {
      throw new KernelError('look up', 2)
    },
  }
  t.equal(findGenericFamily(channel, 'IPVS'), undefined)
})

t.test('any other failure is the caller’s to see', async (t) => {
  const channel = {
    request: () => {
      throw new KernelError('look up', 1)
    },
  }
  t.throws(() => findGenericFamily(channel, 'IPVS'), { code: 'EPERM' })
  t.throws(() => findGenericFamily({ request: () => [] }, 'IPVS'), { code: 'EPROTO' })
})

t.test('a request carries command and version in front of its attributes', async (t) => {
  const request = genericRequest({ operation: 'x', type: 0x23, command: 12, version: 1, attributes: hex('0800 0400 84030000') })
  t.strictSame(Buffer.concat([request.payload].flat()), hex('0c 01 0000 0800 0400 84030000'))
  t.equal(request.type, 0x23)
})

t.test('a reply’s command and attributes are told apart', async (t) => {
  const reply = replyWith('0c 01 0000 0800 0400 84030000')
  t.equal(genericCommand(reply), 12)
  t.strictSame(genericAttributes(reply), hex('0800 0400 84030000'))
})
