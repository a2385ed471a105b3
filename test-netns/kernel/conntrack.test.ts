import t from 'tap'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { openNamespace } from '#kernel/namespace.ts'
import { makeNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { requires } from '../rig/requires.ts'
import { connections } from '../rig/witness-netfilter.ts'

/** A namespace that tracks connections, with our conntrack in it. */
const trackingHost = (owner: Owner) => {
  const host = makeNamespace(owner, 'conntrack')
  for (const program of ['iptables', 'ip6tables']) host.exec(program, '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'INVALID')
  const namespace = openNamespace(host.path)
  owner.teardown(() => namespace.close())
  /** Adds a flow as if its first packet had just passed. */
  const addFlow = (protocol: string, [source, destination]: [string, string], [sourcePort, destinationPort]: [number, number]): void => {
    const state = protocol === 'tcp' ? ['--state', 'ESTABLISHED'] : []
    const ports = ['--sport', String(sourcePort), '--dport', String(destinationPort)]
    host.exec('conntrack', '-I', '-p', protocol, '-s', source, '-d', destination, ...ports, '-t', '600', ...state)
  }
  const seen = (): string[] =>
    ['ipv4', 'ipv6']
      .flatMap((family) => connections(host, '--family', family))
      .map(
        ({ protocol, original }) =>
          `${protocol} ${original.source}:${original.sourcePort} ${original.destination}:${original.destinationPort}`,
      )
      .toSorted()
  return { host, conntrack: openConntrack(namespace), addFlow, seen }
}

t.test(
  'flows are found by protocol and destination port, whatever their addresses, and only in their family',
  requires('root', 'iptables', 'conntrack'),
  async (t) => {
    const { conntrack, addFlow } = trackingHost(t)
    addFlow('udp', ['192.0.2.1', '192.0.2.9'], [40000, 5353])
    addFlow('udp', ['192.0.2.2', '10.0.0.1'], [40001, 5353])
    addFlow('udp', ['192.0.2.1', '192.0.2.9'], [5353, 40000])
    addFlow('tcp', ['192.0.2.1', '192.0.2.9'], [40000, 5353])
    addFlow('udp', ['fd00::1', 'fd00::9'], [40000, 5353])
    const found = (family: 4 | 6, protocol: 'tcp' | 'udp'): string[] =>
      conntrack
        .flows({ family, protocol, destinationPort: 5353 })
        .map(({ source, sourcePort, destination }) => `${source}:${sourcePort} ${destination}`)
        .toSorted()
    t.strictSame(found(4, 'udp'), ['192.0.2.1:40000 192.0.2.9', '192.0.2.2:40001 10.0.0.1'])
    t.strictSame(found(4, 'tcp'), ['192.0.2.1:40000 192.0.2.9'])
    t.strictSame(found(6, 'udp'), ['fd00::1:40000 fd00::9'])
    t.strictSame(conntrack.flows({ family: 4, protocol: 'udp', destinationPort: 53 }), [])
  },
)

t.test(
  'removing flows forgets them and no others; a second time it is no failure',
  requires('root', 'iptables', 'conntrack'),
  async (t) => {
    const { conntrack, addFlow, seen } = trackingHost(t)
    addFlow('udp', ['192.0.2.1', '192.0.2.9'], [40000, 5353])
    addFlow('udp', ['192.0.2.1', '192.0.2.9'], [40000, 53])
    addFlow('udp', ['fd00::1', 'fd00::9'], [40000, 5353])
    addFlow('tcp', ['192.0.2.1', '192.0.2.9'], [40000, 5353])
    const flows = ([4, 6] as const).flatMap((family) => conntrack.flows({ family, protocol: 'udp', destinationPort: 5353 }))
    conntrack.remove(flows)
    t.strictSame(seen(), ['tcp 192.0.2.1:40000 192.0.2.9:5353', 'udp 192.0.2.1:40000 192.0.2.9:53'])
    conntrack.remove(flows)
    conntrack.remove([])
  },
)

t.test(
  'of two thousand flows the few to one port are found, and a thousand removed at once',
  requires('root', 'iptables', 'conntrack'),
  async (t) => {
    const { host, conntrack, seen } = trackingHost(t)
    const line = (index: number): string =>
      `-I -p udp -s 10.0.${index >> 8}.${index & 255} -d 192.0.2.9 --sport 40000 --dport ${index < 1000 ? 53 : 5353} -t 600`
    const folder = t.testdir({ flows: Array.from({ length: 2000 }, (_, index) => `${line(index)}\n`).join('') })
    host.exec('conntrack', '--load-file', `${folder}/flows`)
    const flows = conntrack.flows({ family: 4, protocol: 'udp', destinationPort: 53 })
    t.equal(flows.length, 1000)
    conntrack.remove(flows)
    t.equal(seen().length, 1000)
    t.strictSame(conntrack.flows({ family: 4, protocol: 'udp', destinationPort: 53 }), [])
  },
)
