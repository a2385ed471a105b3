import t from 'tap'
import { requires } from '../rig/requires.ts'
import { freshNamespace } from './fresh-namespace.ts'

const NEEDS = requires('root', 'ip')

/** The index of a device that must be there. */
const indexOf = (rtnetlink: { link(name: string): { index: number } | undefined }, name: string): number => {
  const link = rtnetlink.link(name)
  if (link === undefined) throw new Error(`no device ${name}`)
  return link.index
}

t.test('[ip] a veth pair is made at once, its other end in another namespace, both with name, MTU and MAC', NEEDS, async (t) => {
  const [pod, host] = [freshNamespace(t), freshNamespace(t)]
  pod.rtnetlink.addLink({
    kind: 'veth',
    name: 'eth0',
    mtu: 1400,
    mac: '02:00:00:00:00:01',
    peer: { name: 'veth1', mtu: 1300, mac: '02:00:00:00:00:02', namespaceFd: host.namespace.fd },
  })
  t.equal(pod.rtnetlink.counters.messages, 1)
  const [eth0] = pod.ip('link show eth0')
  const [veth1] = host.ip('link show veth1')
  t.match(eth0, { ifname: 'eth0', mtu: 1400, address: '02:00:00:00:00:01', linkinfo: { info_kind: 'veth' } })
  t.match(veth1, { ifname: 'veth1', mtu: 1300, address: '02:00:00:00:00:02', linkinfo: { info_kind: 'veth' } })
  t.match(pod.rtnetlink.link('eth0'), { index: eth0?.ifindex, kind: 'veth', peerIndex: veth1?.ifindex, up: false, operState: 'down' })
  t.match(host.rtnetlink.link('veth1'), { index: veth1?.ifindex, kind: 'veth', peerIndex: eth0?.ifindex })
})

t.test('[ip] a veth whose other end’s name is taken leaves nothing behind', NEEDS, async (t) => {
  const [pod, host] = [freshNamespace(t), freshNamespace(t)]
  host.rtnetlink.addLink({ kind: 'bridge', name: 'taken' })
  const add = () => pod.rtnetlink.addLink({ kind: 'veth', name: 'eth0', peer: { name: 'taken', namespaceFd: host.namespace.fd } })
  t.throws(add, { code: 'EEXIST' })
  t.same(
    pod.ip('link').map(({ ifname }) => ifname),
    ['lo'],
  )
})

t.test('a bridge port gets its master, MTU, MAC and state in one message, its flags in another', NEEDS, async (t) => {
  const { rtnetlink, ip } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'bridge', name: 'br0', mtu: 1450 })
  rtnetlink.addLink({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  const [bridge, port] = [indexOf(rtnetlink, 'br0'), indexOf(rtnetlink, 'a')]
  const before = rtnetlink.counters.messages
  rtnetlink.changeLink(port, { up: true, master: bridge, mtu: 1400, mac: '02:00:00:00:00:0a' })
  rtnetlink.setBridgePort(port, { hairpin: true, isolated: true })
  t.equal(rtnetlink.counters.messages - before, 2)
  t.match(ip('link show a')[0], {
    master: 'br0',
    mtu: 1400,
    address: '02:00:00:00:00:0a',
    flags: /\bUP\b/,
    linkinfo: { info_slave_data: { hairpin: true, isolated: true } },
  })
  t.match(rtnetlink.link('a'), { master: bridge, up: true, operState: 'lowerlayerdown', promiscuity: 1 })

  rtnetlink.setBridgePort(port, { hairpin: false })
  t.match(ip('link show a')[0]?.linkinfo, { info_slave_data: { hairpin: false, isolated: true } })
  rtnetlink.changeLink(port, { master: 0, up: false })
  t.match(ip('link show a')[0], { master: undefined, operstate: 'DOWN' })
  t.match(rtnetlink.link('a'), { master: undefined, up: false })
})

t.test('a bridge can be promiscuous, and lo be set up and down', NEEDS, async (t) => {
  const { rtnetlink, ip } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'bridge', name: 'br0', mac: '02:00:00:00:00:0b' })
  const bridge = indexOf(rtnetlink, 'br0')
  rtnetlink.changeLink(bridge, { promiscuous: true, up: true })
  t.match(ip('link show br0')[0], { promiscuity: 1, address: '02:00:00:00:00:0b' })
  t.match(rtnetlink.link('br0'), { promiscuity: 1, up: true, kind: 'bridge' })
  rtnetlink.changeLink(bridge, { promiscuous: false })
  t.match(ip('link show br0')[0], { promiscuity: 0 })
  t.match(rtnetlink.link('br0'), { up: true })
  rtnetlink.changeLink(indexOf(rtnetlink, 'lo'), { up: false })
  t.match(ip('addr show lo')[0], { operstate: 'DOWN' })
  rtnetlink.changeLink(indexOf(rtnetlink, 'lo'), { up: true })
  t.match(rtnetlink.link('lo'), { index: 1, up: true, mac: '00:00:00:00:00:00', operState: 'unknown', kind: undefined })
  t.match(ip('addr show lo')[0], { addr_info: [{ local: '127.0.0.1', prefixlen: 8 }, { local: '::1' }] })
})

t.test('[ip] devices are listed, found by either name and by index, and deleted', NEEDS, async (t) => {
  const { rtnetlink, ip, exec } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'bridge', name: 'br0' })
  exec('ip', 'link', 'property', 'add', 'dev', 'br0', 'altname', 'a-bridge-with-a-long-name')
  const index = indexOf(rtnetlink, 'br0')
  t.same(
    rtnetlink.links().map((link) => [link.index, link.name]),
    ip('link').map(({ ifindex, ifname }) => [ifindex, ifname]),
  )
  t.same(rtnetlink.linkByIndex(index), rtnetlink.link('br0'))
  t.match(rtnetlink.link('a-bridge-with-a-long-name'), { index, name: 'br0' })
  rtnetlink.deleteLink(index)
  t.equal(rtnetlink.link('br0'), undefined)
  t.equal(rtnetlink.linkByIndex(index), undefined)
  t.throws(() => rtnetlink.deleteLink(index), { code: 'ENODEV' })
})

t.test('[ip] names that no device can have find none, and make none', NEEDS, async (t) => {
  const { rtnetlink } = freshNamespace(t)
  for (const name of ['nope', '', 'a'.repeat(16), 'a'.repeat(128), 'a'.repeat(5000), 'lo\0x', '../lo', 'ä'.repeat(8)])
    t.equal(rtnetlink.link(name), undefined, JSON.stringify(name))
  t.throws(() => rtnetlink.addLink({ kind: 'bridge', name: 'a'.repeat(16) }), { code: 'ERANGE' })
  t.throws(() => rtnetlink.addLink({ kind: 'bridge', name: 'a/b' }), { code: 'EINVAL' })
  t.throws(() => rtnetlink.addLink({ kind: 'bridge', name: 'lo' }), { code: 'EEXIST' })
  t.equal(rtnetlink.links().length, 1)
})

t.test('the kernel’s own words come with a refusal', NEEDS, async (t) => {
  const { rtnetlink } = freshNamespace(t)
  rtnetlink.addLink({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  const change = () => rtnetlink.changeLink(indexOf(rtnetlink, 'a'), { mtu: 70_000 })
  t.throws(change, { code: 'EINVAL', message: /^change link \d+ \(mtu greater than device maximum\): invalid argument$/ })
  t.throws(() => rtnetlink.setBridgePort(indexOf(rtnetlink, 'a'), { hairpin: true }), { name: 'KernelError' })
})

t.test('hundreds of devices are listed over many datagrams', NEEDS, async (t) => {
  const { rtnetlink, ip } = freshNamespace(t)
  for (let number = 0; number < 150; number++) rtnetlink.addLink({ kind: 'veth', name: `a${number}`, peer: { name: `b${number}` } })
  const links = rtnetlink.links()
  t.equal(links.length, 301)
  t.same(
    links.map(({ name, peerIndex }) => [name, peerIndex]),
    ip('link').map(({ ifname, link_index, link }) => [ifname, link_index ?? links.find(({ name }) => name === link)?.index]),
  )
})
