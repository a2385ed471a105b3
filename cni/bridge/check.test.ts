import t, { type Test } from 'tap'
import { CniError } from '../protocol/error.ts'
import type { Delegate } from '../protocol/plugin.ts'
import { check } from './check.ts'
import { type SimulatedCall, simulatedCall } from './simulated-call.ts'
import { type SimulatedEdges, type SimulatedOptions, simulatedEdges } from './simulated-edges.ts'
import { device } from './simulated-rtnetlink.ts'

const POD = '/run/netns/pod'
const BRIDGE = { name: 'br0', mac: '02:00:00:00:00:10' }
const PORT = { name: 'veth1', mac: '02:00:00:00:00:20' }
const ETH0 = { name: 'eth0', mac: '02:00:00:00:00:02', sandbox: POD }
const ADDRESS = { address: '10.1.0.2/24', gateway: '10.1.0.1', interface: 2 }
const RESULT = {
  cniVersion: '1.0.0',
  interfaces: [BRIDGE, PORT, ETH0],
  ips: [ADDRESS],
  routes: [{ dst: '0.0.0.0/0', gw: '10.1.0.1' }],
}
const L3 = { ipam: { type: 'ipam' } }

/** What RESULT says, in a simulated kernel. */
const attached = (options: SimulatedOptions = {}): SimulatedEdges => {
  const edges = simulatedEdges(options)
  edges.host.links.push(
    device({ index: 10, name: 'br0', kind: 'bridge' }),
    device({ index: 20, name: 'veth1', kind: 'veth', peerIndex: 2, master: 10 }),
  )
  edges.container.links.push(device({ index: 2, name: 'eth0', kind: 'veth', peerIndex: 20 }))
  edges.container.addresses.push({ address: '10.1.0.2', prefixLength: 24, link: 2, scope: 0, flags: 0x80 })
  edges.container.routes.push(
    { family: 4, destination: { address: '10.1.0.0', prefixLength: 24 }, link: 2, table: 254 },
    { family: 4, gateway: '10.1.0.1', link: 2, table: 254 },
  )
  return edges
}

const checkOf = (edges: SimulatedEdges, config: object = {}, ipam: Partial<Delegate> = { check: () => undefined }): SimulatedCall =>
  simulatedCall(edges, { cniVersion: '1.0.0', ...L3, prevResult: RESULT, ...config }, ipam)

/** That CHECK of a changed attachment, result or config fails with this message. */
const refused = (
  t: Test,
  message: string,
  change: { kernel?: (edges: SimulatedEdges) => void; result?: object; config?: object },
): void => {
  const edges = attached()
  change.kernel?.(edges)
  const prevResult = { ...RESULT, ...change.result }
  t.throws(() => check(checkOf(edges, { prevResult, ...change.config }), edges), { message }, message)
  t.strictSame([edges.log, edges.open], [[], { namespaces: 0, sockets: 0 }])
}

t.test('an attachment that is as ADD said passes, and nothing is changed', (t) => {
  const edges = attached()
  const asked: string[] = []
  check(checkOf(edges, {}, { check: (type) => void asked.push(type) }), edges)
  t.strictSame([asked, edges.log, edges.open], [['ipam'], [], { namespaces: 0, sockets: 0 }])
  t.end()
})

t.test('layer 2 asks no IPAM plugin, where the reference always fails', (t) => {
  const edges = attached()
  const prevResult = { cniVersion: '1.0.0', interfaces: RESULT.interfaces }
  t.doesNotThrow(() => check(simulatedCall(edges, { cniVersion: '1.0.0', prevResult }), edges))
  t.end()
})

t.test('config, namespace, lease and previous result are looked at first, in this order', (t) => {
  const failing = {
    check: () => {
      throw new CniError(7, 'no lease')
    },
  }
  const problem = (edges: SimulatedEdges, config: object, message: string, ipam: Partial<Delegate> = failing): void => {
    t.throws(() => check(checkOf(edges, config, ipam), edges), { message }, message)
  }
  const bare = { prevResult: null }
  problem(attached({ namespace: 'missing' }), { ...bare, vlan: 5000 }, 'invalid VLAN ID 5000 (must be between 0 and 4094)')
  problem(
    attached({ namespace: 'missing' }),
    bare,
    'failed to open netns "/run/netns/pod": failed to Statfs "/run/netns/pod": no such file or directory',
  )
  problem(attached(), bare, 'no lease')
  problem(attached(), bare, 'Required prevResult missing', { check: () => undefined })
  const old = { ...RESULT, cniVersion: '0.4.0' }
  problem(
    attached(),
    { prevResult: old },
    'could not parse prevResult: result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is "0.4.0"',
    { check: () => undefined },
  )
  t.end()
})

t.test('the bridge is the one of the result', (t) => {
  const withBridge = (entry: object) => ({ result: { interfaces: [entry, PORT, ETH0] } })
  refused(t, 'Interface name missing ', { config: { bridge: 'br1' } })
  refused(t, 'Interface name br0 not found', { kernel: ({ host }) => host.links.shift() })
  refused(t, 'Interface br0 should not be in sandbox', withBridge({ ...BRIDGE, sandbox: POD }))
  refused(t, 'Interface veth1 does not have link type of bridge', { config: { bridge: 'veth1' } })
  refused(t, "Bridge interface br0 Mac doesn't match: 02:00:00:00:00:99", withBridge({ ...BRIDGE, mac: '02:00:00:00:00:99' }))
  refused(t, "Bridge interface br0 configured Promisc Mode true doesn't match current state: false ", { config: { promiscMode: true } })
  const promiscuous = device({ index: 10, name: 'br0', kind: 'bridge', promiscuous: true, promiscuity: 1 })
  refused(t, "Bridge interface br0 configured Promisc Mode false doesn't match current state: true ", {
    kernel: ({ host }) => host.links.splice(0, 1, promiscuous),
  })
  t.end()
})

t.test('a program that listens to the bridge does not fail CHECK, as it does in the reference', (t) => {
  const edges = attached()
  edges.host.links.splice(0, 1, device({ index: 10, name: 'br0', kind: 'bridge', promiscuity: 1 }))
  t.doesNotThrow(() => check(checkOf(edges), edges))
  t.end()
})

t.test('a bridge that has taken the address of another port passes, where the reference fails', (t) => {
  const edges = attached()
  const mac = '02:00:00:00:00:01'
  edges.host.links.splice(0, 1, device({ index: 10, name: 'br0', kind: 'bridge', mac }))
  edges.host.links.push(device({ index: 21, name: 'veth2', kind: 'veth', peerIndex: 3, master: 10, mac }))
  t.doesNotThrow(() => check(checkOf(edges), edges))
  t.end()
})

t.test('the container’s interface is the one of the result', (t) => {
  const withInterface = (entry: object) => ({ result: { interfaces: [BRIDGE, PORT, entry] } })
  const sandbox = "Sandbox in prevResult  doesn't match configured netns: /run/netns/pod"
  refused(t, sandbox, withInterface({ ...ETH0, sandbox: '/run/netns/other' }))
  refused(t, sandbox, withInterface({ ...ETH0, name: 'eth1' }))
  refused(t, 'Interface name eth0 not found', { kernel: ({ container }) => container.links.pop() })
  refused(t, 'Error: Container interface eth0 not of type veth', {
    kernel: ({ container }) => container.links.splice(0, 1, device({ index: 2, name: 'eth0', kind: 'dummy' })),
  })
  refused(t, 'Unable to obtain veth peer index for veth eth0', {
    kernel: ({ container }) => container.links.splice(0, 1, device({ index: 2, name: 'eth0', kind: 'veth' })),
  })
  refused(
    t,
    "Interface eth0 Mac 02:00:00:00:00:99 doesn't match container Mac: 02:00:00:00:00:02",
    withInterface({ ...ETH0, mac: '02:00:00:00:00:99' }),
  )
  t.end()
})

t.test('the port is the far end of the container’s interface, and on the bridge', (t) => {
  const withPort = (...entries: object[]) => ({ result: { interfaces: [BRIDGE, ...entries, ETH0] } })
  const missing = 'CNI veth created for bridge br0 was not found'
  refused(t, missing, withPort())
  refused(t, 'Interface name veth1 not found', { kernel: ({ host }) => host.links.pop() })
  refused(t, 'Interface veth1 should not be in sandbox', withPort({ ...PORT, sandbox: POD }))
  refused(t, "Interface veth1 Mac doesn't match: 02:00:00:00:00:99 not found", withPort({ ...PORT, mac: '02:00:00:00:00:99' }))
  for (const other of [{ master: 11 }, { peerIndex: 3 }, { index: 21 }, { kind: 'dummy' }]) {
    const port = device({ index: 20, name: 'veth1', kind: 'veth', peerIndex: 2, master: 10, ...other })
    refused(t, missing, { kernel: ({ host }) => host.links.splice(1, 1, port) })
  }
  t.end()
})

t.test('the gateway into a VLAN, and what other plugins added, are not taken for the port', (t) => {
  const edges = attached()
  edges.host.links.push(device({ index: 40, name: 'br0.100', kind: 'veth', peerIndex: 41 }))
  const interfaces = [BRIDGE, { name: 'br0.100' }, PORT, ETH0, { name: 'tap0', sandbox: POD }]
  const ips = [
    { ...ADDRESS, interface: 3 },
    { address: '10.9.0.2/24', interface: 4 },
  ]
  t.doesNotThrow(() => check(checkOf(edges, { vlan: 100, prevResult: { ...RESULT, interfaces, ips } }), edges))
  t.end()
})
