import t from 'tap'
import { simulatedEdges } from '../simulated-edges.ts'
import { device } from '../simulated-rtnetlink.ts'
import type { Workbench } from './apply.ts'
import { observe } from './observe.ts'

/** A bench whose port is in these operational states, one for each look. */
const bench = (states: readonly string[], master = 10): { bench: Workbench; pauses: number[] } => {
  const edges = simulatedEdges()
  const bridge = device({ index: 10, name: 'br0', kind: 'bridge' })
  edges.host.links.push(bridge)
  let look = 0
  const links = {
    ...edges.openRtnetlink(),
    linkByIndex: () => device({ index: 20, name: 'veth1', master, operState: states[Math.min(look++, states.length - 1)] ?? 'up' }),
  }
  const side = { links, settings: edges.openSysctls() }
  const pair = { interface: device({ index: 2, name: 'eth0' }), port: { name: 'veth1', index: 20 } }
  return {
    bench: { host: side, container: side, pair, bridge, vlanGateway: undefined, sleep: edges.sleep, warn: () => undefined },
    pauses: edges.pauses,
  }
}

t.test('a port that is up is not waited for', (t) => {
  const { bench: up, pauses } = bench(['up'])
  t.strictSame(observe(up, true), { bridgeMac: '02:00:00:00:00:10', portMac: '02:00:00:00:00:20' })
  t.strictSame(pauses, [])
  t.end()
})

t.test('a port that is not up yet is looked at again after ever longer pauses', (t) => {
  const { bench: slow, pauses } = bench(['lowerlayerdown', 'lowerlayerdown', 'down', 'up'])
  observe(slow, true)
  t.strictSame(pauses, [1, 2, 4])
  t.end()
})

t.test('a port that is to stay down is only read', (t) => {
  const { bench: down, pauses } = bench(['lowerlayerdown'])
  t.equal(observe(down, false).portMac, '02:00:00:00:00:20')
  t.strictSame(pauses, [])
  t.end()
})

t.test('a port that has lost its bridge is an error', (t) => {
  t.throws(() => observe(bench(['up'], 0).bench, true), { message: '"veth1" is no longer a port of bridge "br0"' })
  t.end()
})

t.test('states are named as the reference names them', (t) => {
  t.throws(() => observe(bench(['notpresent']).bench, true), { message: 'bridge port in error state: not-present' })
  t.throws(() => observe(bench(['dormant']).bench, true), { message: 'bridge port in error state: dormant' })
  t.end()
})

t.test('the gateway into the VLAN is read as well', (t) => {
  const { bench: withGateway } = bench(['up'])
  const gateway = device({ index: 40, name: 'br0.100', kind: 'veth' })
  const links = { ...withGateway.host.links, link: (name: string) => (name === 'br0.100' ? gateway : withGateway.bridge) }
  t.strictSame(observe({ ...withGateway, host: { ...withGateway.host, links }, vlanGateway: { ...gateway, mac: '' } }, true), {
    bridgeMac: '02:00:00:00:00:10',
    portMac: '02:00:00:00:00:20',
    vlanGateway: { name: 'br0.100', mac: '02:00:00:00:00:40' },
  })
  t.end()
})
