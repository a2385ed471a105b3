import t from 'tap'
import { simulatedEdges } from '../simulated-edges.ts'
import { device } from '../simulated-rtnetlink.ts'
import type { Workbench } from './apply.ts'
import { settleAddresses } from './settle.ts'

/** A bench whose container interface has one IPv6 address with these flags, one value for each look. */
const bench = (looks: number[], operState = 'up'): { bench: Workbench; pauses: number[] } => {
  const edges = simulatedEdges()
  const links = edges.openRtnetlink(edges.openOwnNamespace())
  const link = device({ index: 2, name: 'eth0', operState })
  edges.container.links.push(link)
  let look = 0
  const container = {
    links: {
      ...links,
      addresses: () => [{ address: 'fd00::2', prefixLength: 64, link: 2, scope: 0, flags: looks[Math.min(look++, looks.length - 1)] ?? 0 }],
    },
    settings: edges.openSysctls(),
  }
  const pair = { interface: link, port: { name: 'veth0', index: 9 } }
  return {
    bench: { host: container, container, pair, bridge: undefined, vlanGateway: undefined, sleep: edges.sleep, warn: () => undefined },
    pauses: edges.pauses,
  }
}

t.test('addresses that nobody doubts are not waited for', (t) => {
  const { bench: settled, pauses } = bench([0x80])
  settleAddresses('eth0', settled)
  t.strictSame(pauses, [])
  t.end()
})

t.test('a tentative address is looked at every 50 ms until it is decided', (t) => {
  const { bench: tentative, pauses } = bench([0xc0, 0xc0, 0x80])
  settleAddresses('eth0', tentative)
  t.strictSame(pauses, [50, 50])
  t.end()
})

t.test('an address that somebody else has is an error', (t) => {
  const { bench: duplicate } = bench([0xc0, 0xc8])
  t.throws(() => settleAddresses('eth0', duplicate), { message: 'link eth0 has address fd00::2 in DADFAILED state' })
  t.end()
})

t.test('after five seconds an undecided address is an error on a link that is up, and accepted on another', (t) => {
  const { bench: up, pauses } = bench([0xc0])
  t.throws(() => settleAddresses('eth0', up), { message: 'link eth0 still has tentative addresses after 5000000000 seconds' })
  t.equal(
    pauses.reduce((sum, pause) => sum + pause),
    5000,
  )
  t.doesNotThrow(() => settleAddresses('eth0', bench([0xc0], 'lowerlayerdown').bench))
  t.end()
})
