import t from 'tap'
import { requires } from '../rig/requires.ts'
import { freshNamespace } from './fresh-namespace.ts'

const NEEDS = requires('root', 'ip', 'bridge')
const MAC = '02:00:00:00:00:0a'

t.test('a vxlan as flannel makes it, with its forwarding and neighbour entries', NEEDS, async (t) => {
  const { rtnetlink, ip, exec } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'veth', name: 'uplink', peer: { name: 'wire' } })
  const device = rtnetlink.link('uplink')?.index ?? 0
  rtnetlink.addLink({
    ...{
      kind: 'vxlan',
      name: 'flannel.1',
      mtu: 1450,
      mac: '02:00:00:00:00:01',
      vni: 1,
      local: '10.0.0.7',
      device,
      port: 8472,
      learning: false,
    },
  })
  t.match(ip('link show flannel.1')[0], {
    mtu: 1450,
    address: '02:00:00:00:00:01',
    linkinfo: { info_kind: 'vxlan', info_data: { id: 1, link: 'uplink', local: '10.0.0.7', port: 8472, learning: false } },
  })
  const index = rtnetlink.link('flannel.1')?.index ?? 0
  t.match(rtnetlink.link('flannel.1'), { kind: 'vxlan', peerIndex: undefined })
  rtnetlink.changeLink(index, { up: true })

  rtnetlink.setForwarding({ link: index, mac: MAC, address: '10.0.0.8' })
  rtnetlink.setForwarding({ link: index, mac: MAC, address: '10.0.0.9' })
  const entries: Record<string, unknown>[] = JSON.parse(exec('bridge', '-j', 'fdb', 'show', 'dev', 'flannel.1'))
  t.match(
    entries.filter(({ mac }) => mac === MAC),
    [{ dst: '10.0.0.9', state: 'permanent', flags: ['self'] }],
  )

  t.match(rtnetlink.forwardings(), [{ link: index, mac: MAC, address: '10.0.0.9' }])

  rtnetlink.setNeighbor({ link: index, mac: MAC, address: '10.244.1.0' })
  rtnetlink.setNeighbor({ link: index, mac: MAC, address: 'fd00:1::' })
  t.match(ip('neigh show dev flannel.1'), [
    { dst: '10.244.1.0', lladdr: MAC, state: ['PERMANENT'] },
    { dst: 'fd00:1::', lladdr: MAC },
  ])
})

t.test('a vxlan over IPv6 that learns', NEEDS, async (t) => {
  const { rtnetlink, ip } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'vxlan', name: 'vx6', vni: 70_000, local: 'fd00::7', port: 4789, learning: true })
  t.match(ip('link show vx6')[0], {
    linkinfo: { info_kind: 'vxlan', info_data: { id: 70_000, local6: 'fd00::7', port: 4789, learning: true } },
  })
})
