import t from 'tap'
import { otherNodes } from './other-nodes.ts'

const route = (gateway?: string) => ({ family: 4 as const, ...(gateway !== undefined && { gateway }) })
const entry = (address: string) => ({ link: 3, mac: '02:00:00:00:00:0a', address })
const address = (text: string) => ({ link: 2, address: text, prefixLength: 24, scope: 0, flags: 0 })

t.test('gateways of routes and the other ends of a vxlan are other machines', async (t) => {
  t.same(
    otherNodes({
      routes: [route('192.168.50.1'), route(), route('10.20.1.0'), route('192.168.50.12'), route('fd50::12')],
      forwardings: [entry('192.168.50.12'), entry('192.168.50.13')],
      addresses: [],
    }),
    ['10.20.1.0', '192.168.50.1', '192.168.50.12', '192.168.50.13', 'fd50::12'],
  )
})

t.test('this node’s own addresses are none, nor are those that no machine has alone', async (t) => {
  t.same(
    otherNodes({
      routes: [route('192.168.50.11'), route('fe80::1')],
      forwardings: [entry('239.1.1.1'), entry('0.0.0.0'), entry('255.255.255.255'), entry('ff02::1'), entry('::')],
      addresses: [address('192.168.50.11')],
    }),
    [],
  )
})
