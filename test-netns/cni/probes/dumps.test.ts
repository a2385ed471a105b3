/** Rules, files and links that the reference plugins leave in the kernel for one pod, as iptables-save, nft and ip print them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer } from '../../rig/owner.ts'
import { requires } from '../../rig/requires.ts'
import { resultOf } from '../bridge-scene.ts'
import { buildExecutables, plugin } from '../plugin.ts'

t.before(buildExecutables)

interface Attached {
  readonly host: NetNamespace
  readonly pod: NetNamespace
  readonly folder: string
  readonly result: object
  /** The host's end of the pod's link. */
  readonly veth: string
  readonly mac: string
}

/** Container cid1 on network mynet, 10.1.2.2 and, where asked for, 2001:db8:1::2. */
const attach = async (t: Test, fields: object, subnets = ['10.1.2.0/24']): Promise<Attached> => {
  const [host, pod] = [makeNamespace(t, 'host'), makeNamespace(t, 'pod')]
  pod.ip('link set lo down')
  const folder = mkdtempSync(join(tmpdir(), 'dumps-'))
  defer(t, () => rmSync(folder, { recursive: true }))
  const ipam = { type: 'host-local', dataDir: folder, ranges: subnets.map((subnet) => [{ subnet }]) }
  const config = { cniVersion: '1.0.0', name: 'mynet', bridge: 'kube-bridge', isDefaultGateway: true, ipam, ...fields }
  const result = resultOf(await plugin('bridge').add({ host: host.name, netns: pod.path, config }))
  const [, { name: veth = '' } = {}, { mac = '' } = {}] = result.interfaces
  return { host, pod, folder, result, veth, mac }
}

const mapPorts = async ({ host, pod, result }: Attached, fields: object): Promise<void> => {
  const config = { cniVersion: '1.0.0', name: 'mynet', prevResult: result, ...fields }
  const { exitCode, stdout } = await plugin('portmap').add({ host: host.name, netns: pod.path, config })
  if (exitCode !== 0) throw new Error(stdout)
}

/** The rules of table nat, as they stand. */
const natRules = (host: NetNamespace): string[] =>
  host
    .exec('iptables-save', '-t', 'nat')
    .split('\n')
    .filter((line) => line.startsWith('-A'))

/** A table's lines, without indentation and empty ones. */
const nftTable = (host: NetNamespace, ...table: string[]): string[] =>
  host
    .exec('nft', '--stateless', 'list', 'table', ...table)
    .split('\n')
    .flatMap((line) => line.trim() || [])

const TCP = { hostPort: 8080, containerPort: 80, protocol: 'tcp' }
const UDP = { hostPort: 53, containerPort: 53, protocol: 'udp', hostIP: '192.0.2.9' }

t.test('one TCP port by iptables', requires('root', 'ip', 'iptables'), async (t) => {
  const pod = await attach(t, {})
  await mapPorts(pod, { backend: 'iptables', runtimeConfig: { portMappings: [TCP] } })
  t.strictSame(natRules(pod.host), [
    '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
    '-A CNI-DN-a631aa8e1549a3b129110 -s 10.1.2.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.1.2.2:80',
    '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110',
    '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
    '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
  ])
})

t.test('ipMasq by iptables', requires('root', 'ip', 'iptables'), async (t) => {
  const { host } = await attach(t, { ipMasq: true, ipMasqBackend: 'iptables' })
  t.strictSame(natRules(host), [
    '-A POSTROUTING -s 10.1.2.2/32 -m comment --comment "name: \\"mynet\\" id: \\"cid1\\"" -j CNI-a631aa8e1549a3b129110fd2',
    '-A CNI-a631aa8e1549a3b129110fd2 -d 10.1.2.0/24 -m comment --comment "name: \\"mynet\\" id: \\"cid1\\"" -j ACCEPT',
    '-A CNI-a631aa8e1549a3b129110fd2 ! -d 224.0.0.0/4 -m comment --comment "name: \\"mynet\\" id: \\"cid1\\"" -j MASQUERADE',
  ])
})

t.test('a TCP port, and a UDP port of one address, by nftables', requires('root', 'ip', 'nft'), async (t) => {
  const pod = await attach(t, {})
  await mapPorts(pod, { backend: 'nftables', runtimeConfig: { portMappings: [TCP, UDP] } })
  t.strictSame(nftTable(pod.host, 'ip', 'cni_hostport'), [
    'table ip cni_hostport {',
    'comment "CNI portmap plugin"',
    'chain hostports {',
    'tcp dport 8080 dnat to 10.1.2.2:80 comment "cid1"',
    'ip daddr 192.0.2.9 udp dport 53 dnat to 10.1.2.2:53 comment "cid1"',
    '}',
    'chain hostip_hostports {',
    '}',
    'chain hostports_all {',
    'jump hostip_hostports',
    'jump hostports',
    '}',
    'chain prerouting {',
    'type nat hook prerouting priority dstnat; policy accept;',
    'fib daddr type local jump hostports_all',
    '}',
    'chain output {',
    'type nat hook output priority -100; policy accept;',
    'fib daddr type local jump hostports_all',
    '}',
    'chain masquerading {',
    'type nat hook postrouting priority srcnat; policy accept;',
    'ip saddr 10.1.2.2 ip daddr 10.1.2.2 masquerade comment "cid1"',
    'ip saddr 127.0.0.1 ip daddr 10.1.2.2 masquerade comment "cid1"',
    '}',
    '}',
  ])
})

t.test('ipMasq by nftables', requires('root', 'ip', 'nft'), async (t) => {
  const { host } = await attach(t, { ipMasq: true, ipMasqBackend: 'nftables' })
  t.strictSame(nftTable(host, 'inet', 'cni_plugins_masquerade'), [
    'table inet cni_plugins_masquerade {',
    'comment "Masquerading for plugins from github.com/containernetworking/plugins"',
    'chain masq_checks {',
    'comment "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet"',
    'ip saddr 10.1.2.2 ip daddr != 10.1.2.0/24 masquerade comment "d23676b4f2d9fe04-0b65a318f52e521b, net: mynet, if: eth0, id: cid1"',
    '}',
    'chain postrouting {',
    'type nat hook postrouting priority srcnat; policy accept;',
    'ip daddr 224.0.0.0/4 return',
    'ip6 daddr ff00::/8 return',
    'goto masq_checks',
    '}',
    '}',
  ])
})

t.test('macspoofchk', requires('root', 'ip', 'nft'), async (t) => {
  const { host, veth, mac } = await attach(t, { macspoofchk: true })
  t.strictSame(nftTable(host, 'bridge', 'nat'), [
    'table bridge nat {',
    'chain PREROUTING {',
    'type filter hook prerouting priority dstnat; policy accept;',
    `iifname "${veth}" jump cni-br-iface-cid1-eth0 comment "macspoofchk-cid1-eth0"`,
    '}',
    'chain cni-br-iface-cid1-eth0 {',
    'jump cni-br-iface-cid1-eth0-mac comment "macspoofchk-cid1-eth0"',
    '}',
    'chain cni-br-iface-cid1-eth0-mac {',
    `ether saddr ${mac} return comment "macspoofchk-cid1-eth0"`,
    'drop comment "macspoofchk-cid1-eth0"',
    '}',
    '}',
  ])
})

t.test('leases of both families', requires('root', 'ip'), async (t) => {
  const { folder } = await attach(t, {}, ['10.1.2.0/24', '2001:db8:1::/64'])
  const network = join(folder, 'mynet')
  const files = readdirSync(network).map((name) => {
    const path = join(network, name)
    return [name, (statSync(path).mode & 0o777).toString(8), readFileSync(path, 'utf8')]
  })
  t.strictSame(files.sort(), [
    ['10.1.2.2', '600', 'cid1\r\neth0'],
    ['2001:db8:1::2', '600', 'cid1\r\neth0'],
    ['last_reserved_ip.0', '600', '10.1.2.2'],
    ['last_reserved_ip.1', '600', '2001:db8:1::2'],
    ['lock', '750', ''],
  ])
  t.equal((statSync(network).mode & 0o777).toString(8), '755')
})

t.test('addresses and routes of host and pod', requires('root', 'ip'), async (t) => {
  const { host, pod } = await attach(t, {}, ['10.1.2.0/24', '2001:db8:1::/64'])
  t.match(host.exec('ip', '-br', 'address', 'show', 'kube-bridge'), /^kube-bridge\s+UP\s+10\.1\.2\.1\/24 2001:db8:1::1\/64 /)
  t.match(host.exec('ip', '-4', 'address', 'show', 'kube-bridge'), 'inet 10.1.2.1/24 brd 10.1.2.255 scope global kube-bridge')
  t.match(pod.exec('ip', 'address', 'show', 'eth0'), /^2: eth0@if/)
  t.match(pod.exec('ip', 'address', 'show', 'eth0'), 'inet 10.1.2.2/24 brd 10.1.2.255 scope global eth0')
  t.notMatch(pod.exec('ip', '-6', 'address', 'show', 'eth0'), 'tentative')
  t.match(
    pod.exec('ip', '-4', 'route'),
    /^default via 10\.1\.2\.1 dev eth0 *\n10\.1\.2\.0\/24 dev eth0 proto kernel scope link src 10\.1\.2\.2 *$/,
  )
  t.match(pod.exec('ip', '-6', 'route'), /^default via 2001:db8:1::1 dev eth0 metric 1024 pref medium$/m)
  t.match(pod.exec('ip', 'link', 'show', 'lo'), 'state DOWN')
})
