import t from 'tap'
import { freshNamespace } from '../kernel/fresh-namespace.ts'
import { requires } from '../rig/requires.ts'

t.test('a port’s VLANs are added, listed and deleted', requires('root', 'ip', 'bridge', 'vlan-filtering'), async (t) => {
  const { rtnetlink, exec } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'bridge', name: 'br0', vlanFiltering: true })
  rtnetlink.addLink({ kind: 'veth', name: 'port', peer: { name: 'other' } })
  const [bridge, port] = [rtnetlink.link('br0')?.index ?? 0, rtnetlink.link('port')?.index ?? 0]
  rtnetlink.changeLink(port, { master: bridge })
  const witness = (): unknown => {
    const ports: { ifname: string; vlans: unknown }[] = JSON.parse(exec('bridge', '-j', 'vlan'))
    return ports.find(({ ifname }) => ifname === 'port')?.vlans
  }
  const first = [{ id: 1, native: true, untagged: true }]
  t.same(witness(), [{ vlan: 1, flags: ['PVID', 'Egress Untagged'] }])
  t.same([rtnetlink.portVlans().get(port), rtnetlink.portVlans().get(bridge)], [first, first])

  const wanted = [{ id: 100, native: true, untagged: true }, { id: 101 }, { id: 200 }, { id: 201 }, { id: 202 }, { id: 4094 }]
  rtnetlink.addPortVlans(port, wanted)
  t.same(rtnetlink.portVlans().get(port), [{ id: 1, untagged: true }, ...wanted])
  rtnetlink.deletePortVlans(port, [1, 201, 202])
  t.same(witness(), [{ vlan: 100, flags: ['PVID', 'Egress Untagged'] }, { vlan: 101 }, { vlan: 200 }, { vlan: 4094 }])
  t.doesNotThrow(() => rtnetlink.deletePortVlans(port, [7]), 'a VLAN it is not in is no failure')
  t.throws(() => rtnetlink.addPortVlans(port, [{ id: 4095 }]), { code: 'EINVAL' })

  rtnetlink.addPortVlans(
    port,
    Array.from({ length: 100 }, (_, index) => ({ id: 2 + 2 * index })),
  )
  t.equal(rtnetlink.portVlans().get(port)?.length, 102, 'the even ones up to 200, and 101 and 4094')
})
