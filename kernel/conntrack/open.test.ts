import t from 'tap'
import { KernelError } from '../errno.ts'
import type { NetlinkChannel } from '../netlink/channel.ts'
import type { NetlinkReply } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import type { Flow } from './messages.ts'
import { flowsOver, removeOver } from './open.ts'

const flowReply = (protocol: string, port: string): NetlinkReply => ({
  type: 0x0100,
  flags: 0,
  sequence: 1,
  payload: hex(`02 00 0000
    3400 0180  1400 0180  0800 0100 c0000201  0800 0200 c0000209  1c00 0280  0500 0100 ${protocol}000000  0600 0200 9c400000  0600 0300 ${port}0000
    0800 0c00 01020304`),
})

const channel = (answers: Partial<NetlinkChannel>): NetlinkChannel => {
  const unexpected = (): never => {
    throw new Error('unexpected')
  }
  const counters = { messages: 0, datagrams: 0 }
  return { request: unexpected, dump: unexpected, batch: unexpected, counters, port: 1, close: () => undefined, ...answers }
}

const FLOW: Flow = { family: 4, protocol: 17, source: '192.0.2.1', destination: '192.0.2.9', sourcePort: 1, destinationPort: 53, id: 1 }

t.test('flows that an old kernel sends beside those asked for are left out', async (t) => {
  const flows = flowsOver(channel({ dump: () => [flowReply('11', '14e9'), flowReply('06', '14e9'), flowReply('11', '0035')] }), {
    family: 4,
    protocol: 'udp',
    destinationPort: 5353,
  })
  t.match(flows, [{ protocol: 17, destinationPort: 5353 }])
  t.equal(flows.length, 1)
})

t.test('without a port all flows of the protocol are listed, and of them only those to keep', async (t) => {
  const asked: (number | undefined)[] = []
  const flows = flowsOver(
    channel({ dump: () => [flowReply('11', '14e9'), flowReply('06', '14e9'), flowReply('11', '0035')] }),
    { family: 4, protocol: 'udp' },
    ({ protocol, destinationPort }) => {
      asked.push(destinationPort)
      return protocol === 17 && destinationPort === 53
    },
  )
  t.match(flows, [{ protocol: 17, destinationPort: 53 }])
  t.equal(flows.length, 1)
  t.same(asked, [5353, 53], 'nobody is asked about other protocols')
})

t.test('flows that are gone already count as removed; the first other failure is thrown', async (t) => {
  const gone = new KernelError('delete flow a', 2)
  removeOver(channel({ batch: () => [undefined, gone] }), [FLOW, FLOW])
  const failing = channel({ batch: () => [gone, new KernelError('delete flow b', 1), new KernelError('delete flow c', 12)] })
  t.throws(() => removeOver(failing, [FLOW, FLOW, FLOW]), { message: 'delete flow b: operation not permitted' })
})
