import t from 'tap'
import { freshNamespace } from '../kernel/fresh-namespace.ts'
import { requires } from '../rig/requires.ts'

t.test('a dummy link is made, set up and deleted', requires('root', 'ip', 'dummy'), async (t) => {
  const { rtnetlink, ip } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'dummy', name: 'kube-dummy-if', mtu: 1400, mac: '02:00:00:00:00:0d' })
  t.match(ip('link show kube-dummy-if')[0], { mtu: 1400, address: '02:00:00:00:00:0d', linkinfo: { info_kind: 'dummy' } })
  const index = rtnetlink.link('kube-dummy-if')?.index ?? 0
  rtnetlink.changeLink(index, { up: true })
  t.match(rtnetlink.link('kube-dummy-if'), { kind: 'dummy', up: true, operState: 'unknown' })
  rtnetlink.replaceRoute({
    family: 4,
    destination: { address: '10.96.0.10', prefixLength: 32 },
    link: index,
    table: 255,
    type: 'local',
    protocol: 83,
  })
  t.match(ip('route show table local proto 83'), [{ type: 'local', dst: '10.96.0.10', dev: 'kube-dummy-if' }])
  rtnetlink.deleteLink(index)
  t.equal(rtnetlink.link('kube-dummy-if'), undefined)
})

t.test('a bridge filters VLANs when it is asked to', requires('root', 'ip', 'vlan-filtering'), async (t) => {
  const { rtnetlink, ip } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'bridge', name: 'br0', vlanFiltering: true })
  rtnetlink.addLink({ kind: 'bridge', name: 'br1', vlanFiltering: false })
  t.match(ip('link show br0')[0], { linkinfo: { info_data: { vlan_filtering: 1 } } })
  t.match(ip('link show br1')[0], { linkinfo: { info_data: { vlan_filtering: 0 } } })
})
