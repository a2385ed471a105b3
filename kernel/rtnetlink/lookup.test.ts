import t from 'tap'
import { KernelError } from '../errno.ts'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { routeOver } from './lookup.ts'

const bytes = ({ payload }: NetlinkRequest): Buffer => Buffer.concat([payload].flat())
const reply = (payload: string): NetlinkReply => ({ type: 24, flags: 0, sequence: 1, payload: hex(payload) })
const LOCAL = '02 20 00 00 ff 00 00 02 00000000  0800 0400 01000000'
const LINK = '00 00 0403 01000000 00000000 00000000  0700 0300 6c6f00 00'

/** A channel whose kernel gives these answers, in this order. */
const answering = (...answers: (NetlinkReply | KernelError)[]) => {
  const asked: NetlinkRequest[] = []
  const request = (one: NetlinkRequest): NetlinkReply[] => {
    const answer = answers[asked.push(one) - 1]
    if (answer instanceof Error) throw answer
    return answer === undefined ? [] : [answer]
  }
  return { asked, channel: { request } }
}

t.test('the route is asked for by the whole address, then the device’s name by its index', async (t) => {
  const { asked, channel } = answering(reply(LOCAL), reply(LINK))
  t.strictSame(routeOver(channel, '192.0.2.1'), { isLocal: true, device: 'lo' })
  t.match(asked, [{ type: 26 }, { type: 18 }])
  t.strictSame(asked.map(bytes), [
    hex('02 20 00 00 00 00 00 00 00000000  0800 0100 c0000201'),
    hex('00 00 0000 01000000 00000000 00000000'),
  ])
})

t.test('no route is no failure, nor is a device that has gone', async (t) => {
  t.equal(routeOver(answering(new KernelError('route', 101)).channel, '192.0.2.1'), undefined)
  t.strictSame(routeOver(answering(reply(LOCAL), new KernelError('link', 19)).channel, '192.0.2.1'), { isLocal: true })
})

t.test('other refusals are told', async (t) => {
  t.throws(() => routeOver(answering(new KernelError('route', 1)).channel, '192.0.2.1'), { code: 'EPERM' })
})
