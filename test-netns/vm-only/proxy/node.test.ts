/**
 * A node as its owner keeps it: packet filters with policy drop, an ephemeral range that meets the NodePorts, virtual servers and rules of
 * other programs. `selvedge proxy` works beside them, what others undo is back within seconds, and `selvedge cleanup` leaves the node as it was.
 */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startActor } from '../../rig/actor.ts'
import type { FlannelNode } from '../../rig/flannel.ts'
import type { NetNamespace } from '../../rig/namespace.ts'
import { makePod } from '../../rig/pod.ts'
import { requires } from '../../rig/requires.ts'
import { until } from '../../rig/until.ts'
import { ipvsRules } from '../../rig/witness-ipvs.ts'
import { iptablesSave } from '../../rig/witness-netfilter.ts'
import { makeCluster, serviceObject, sliceObject, type TestCluster } from './cluster.ts'

t.setTimeout(400_000)

const VIP = '10.96.0.10'
const NODE_PORT = 30_080
const COMMAND = join(import.meta.dirname, '../../../dist/selvedge/selvedge.js')

/** A firewall: nothing comes in or passes but what was asked for, the node's own, and ssh. */
const FIREWALL = `*filter
:INPUT DROP
:FORWARD DROP
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
`
const STRANGERS = `
table inet selvedges { chain input { type filter hook input priority 0; policy accept; }; }
table ip selvedge { set vip4 { type ipv4_addr; }; }
`

/** What of this node is none of ours, by tools that are not ours. */
const strangers = (node: NetNamespace): Record<string, unknown> => ({
  ipvs: ipvsRules(node).filter((line) => line.includes('203.0.113.77')),
  iptables: iptablesSave(node).filter((line) => !line.includes('selvedge: ')),
  tables: node
    .exec('nft', 'list', 'tables')
    .split('\n')
    .filter((line) => !/^table (inet|arp) selvedge$/.test(line)),
  routes: node
    .exec('ip', 'route', 'show', 'table', 'all')
    .split('\n')
    // The kernel adds those of a link-local address a second or two after its link, when nobody else was found to have it.
    .filter((line) => !/proto 83|kube-dummy-if|^(local|anycast) fe80:/.test(line)),
  links: node
    .exec('ip', '-brief', 'link')
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter((name) => name !== 'kube-dummy-if'),
  sysctls: node.exec('sh', '-c', 'grep . /proc/sys/net/ipv4/vs/c* /proc/sys/net/ipv4/vs/e* /proc/sys/net/ipv4/ip_local_*').split('\n'),
})

const ourRules = (node: NetNamespace): string[] => iptablesSave(node).filter((line) => line.includes('selvedge: '))

const prepare = ({ namespace }: FlannelNode): void => {
  namespace.execWithInput(FIREWALL, 'iptables-restore', '--noflush')
  // Flannel's would let replies of pods pass.
  namespace.exec('iptables', '-D', 'FORWARD', '-m', 'comment', '--comment', 'flanneld forward', '-j', 'FLANNEL-FWD')
  namespace.execWithInput(STRANGERS, 'nft', '-f', '-')
  namespace.exec('ipvsadm', '-A', '-t', '203.0.113.77:99', '-s', 'rr')
  namespace.exec('ipvsadm', '-a', '-t', '203.0.113.77:99', '-r', '192.168.50.99:99', '-g')
  namespace.ip('route add local 203.0.113.77/32 dev lo table local proto 84')
  namespace.sysctl({
    'net.ipv4.ip_local_port_range': '30000 60999',
    'net.ipv4.ip_local_reserved_ports': '9100',
    'net.ipv4.vs.conn_reuse_mode': 0,
  })
}

const addService = async (t: Test, cluster: TestCluster, node: FlannelNode): Promise<void> => {
  const pod = makePod(t, node, 2)
  await startActor(t, pod.namespace, pod.name).serve([8080])
  const ports = [
    { name: 'tcp', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: NODE_PORT },
    { name: 'sctp', protocol: 'SCTP', port: 81, targetPort: 8080 },
  ]
  await cluster.api.client.create(serviceObject('web', VIP, { spec: { type: 'NodePort', ports } }))
  const slice = sliceObject('web', [pod])
  await cluster.api.client.create({ ...slice, ports: [...slice.ports, { name: 'sctp', protocol: 'SCTP', port: 8080 }] })
}

t.test('a node with a firewall', { ...requires('root', 'ipvs', 'dummy', 'nft', 'ipvsadm', 'iptables'), timeout: 400_000 }, async (t) => {
  const cluster = await makeCluster(t)
  const [node] = cluster.nodes
  if (node === undefined) throw new Error('a cluster has nodes')
  const { namespace, address } = node
  prepare(node)
  await addService(t, cluster, node)
  const before = strangers(namespace)
  // Audits are out of reach: what is repaired, is by the watch.
  const proxy = await cluster.startProxy(node, '--cluster-cidr=10.20.0.0/16', '--ipvs-sync-period=1h')
  const client = startActor(t, cluster.client, 'client')
  const ask = (address: string, port: number) => client.ask({ address, port, timeout: 1 })
  const answers = async (address: string, port: number): Promise<boolean> => typeof (await ask(address, port)) === 'object'

  await t.test('Services answer through policies of drop, and nothing else does', async (t) => {
    t.equal(await answers(VIP, 80), true, 'the VIP')
    t.equal(await answers(address, NODE_PORT), true, 'the NodePort')
    t.equal(await ask(address, 20_244), 'timeout', 'a daemon of the node')
    const ours = ourRules(namespace)
    t.same(
      ours,
      ['INPUT', 'FORWARD'].map(
        (chain) => `-A ${chain} -m mark ! --mark 0x0/0x1000 -m comment --comment "selvedge: packets of Services" -j ACCEPT`,
      ),
    )
  })

  await t.test('NodePorts are reserved, beside what was; connections that reuse a port are scheduled anew', async (t) => {
    t.equal(namespace.exec('sysctl', '-n', 'net.ipv4.ip_local_reserved_ports').trim(), '9100,30000-32767')
    t.equal(namespace.exec('sysctl', '-n', 'net.ipv4.vs.conn_reuse_mode').trim(), '1')
  })

  // That the module sctp is not loaded for it, e2e/protocols.ts shows: other tests of this machine load it.
  await t.test('an SCTP Service is served', async (t) => t.match(namespace.exec('ipvsadm', '-Sn'), `--sctp-service ${VIP}:81`))

  await t.test('a flushed ruleset, a deleted link, a firewall loaded anew: Services are back, and so is our rule', async (t) => {
    namespace.exec('nft', 'flush', 'ruleset')
    namespace.ip('link delete kube-dummy-if')
    namespace.execWithInput(FIREWALL, 'iptables-restore')
    await until(
      'the VIP answers',
      () => answers(VIP, 80),
      () => proxy.output(),
      { seconds: 60, pause: 1_000 },
    )
    t.equal(ourRules(namespace).length, 2)
    t.match(namespace.exec('nft', 'list', 'set', 'inet', 'selvedge', 'vip4'), `${VIP} . tcp . 80`)
    t.match(namespace.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83'), VIP)
  })

  await t.test(
    'cleaning up is refused while the proxy runs, and takes away all of ours, and nothing else, when it is stopped',
    async (t) => {
      const cleanup = (...words: string[]) => namespace.attempt(process.execPath, COMMAND, ...words)
      t.match(cleanup('cleanup'), { exitCode: 1, stderr: 'selvedge proxy runs on this node' })
      t.equal(await proxy.stop(), 0)
      // The ruleset of the beginning, which this test flushed.
      namespace.execWithInput(STRANGERS, 'nft', '-f', '-')
      const { exitCode, stdout } = cleanup('proxy', '--cleanup-config')
      t.equal(exitCode, 0)
      for (const line of [
        `removed virtual server tcp ${VIP}:80`,
        `removed virtual server sctp ${VIP}:81`,
        `removed virtual server tcp ${address}:${NODE_PORT}`,
        `removed route ${VIP}/32`,
        'removed nftables table inet selvedge',
        'removed nftables table arp selvedge',
        'removed link kube-dummy-if',
        'removed rule of nftables ip filter INPUT',
        'restored sysctl net/ipv4/vs/conn_reuse_mode=0',
        'restored ports 30000-32767: no longer reserved',
      ])
        t.ok(stdout.split('\n').includes(line), line)
      const after = strangers(namespace)
      const flushed = ['iptables', 'tables']
      for (const [what, were] of Object.entries(before)) if (!flushed.includes(what)) t.same(after[what], were, what)
      t.notMatch(namespace.exec('nft', 'list', 'ruleset'), 'selvedge: ')
      t.match(cleanup('cleanup'), { exitCode: 0, stdout: 'nothing is there to remove' })
    },
  )
})
