/** `selvedge cleanup` on a node where a proxy was: what is the proxy's goes, what is somebody else's stays. Virtual servers: vm-only/proxy. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Machine, makeMachine } from '../rig/machine.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { enterNewNamespace } from './enter-namespace.ts'

const NEEDS = requires('root', 'nft', 'ip', 'iptables-nft', 'iptables-legacy')
const COMMAND = join(import.meta.dirname, '../../selvedge.ts')

/** Tables of ours, one of them half made, and one of somebody else's that looks like it. */
const TABLES = `
table inet selvedge {
  set vip4 { type ipv4_addr . inet_proto . inet_service; elements = { 10.96.0.1 . tcp . 80 }; }
}
table arp selvedge {
  chain input { type filter hook input priority 0; }
}
table ip selvedge {
  chain keep { }
}
table inet theirs {
  chain input {
    type filter hook input priority 0; policy drop;
    meta mark & 0x1000 != 0 accept comment "selvedge: packets of Services"
    tcp dport 22 accept comment "selvedge: not ours"
  }
}
`

const ROUTES = [
  'link add kube-dummy-if type bridge',
  'link set kube-dummy-if up',
  'route add local 10.96.0.1/32 dev kube-dummy-if table local proto 83',
  'route add local 2001:db8::1/128 dev kube-dummy-if table local proto 83',
  'route add local 10.96.0.2/32 dev lo table local proto 84',
  'route add 10.99.0.0/16 dev kube-dummy-if proto 83',
]

interface Node {
  readonly namespace: NetNamespace
  readonly machine: Machine
  readonly cleanup: (...flags: string[]) => { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
}

const makeNode = (t: Test): Node => {
  const namespace = makeNamespace(t, 'node')
  const machine = makeMachine(t, namespace, ['/run/selvedge'])
  const cleanup = (...flags: string[]) => machine.run([process.execPath, COMMAND, 'cleanup', ...flags])
  return { namespace, machine, cleanup }
}

const NOTHING = { exitCode: 0, stdout: 'nothing is there to remove', stderr: '' }

t.test('what a proxy left on a node goes, line by line, and nothing else', NEEDS, async (t) => {
  const { namespace, machine, cleanup } = makeNode(t)
  namespace.execWithInput(TABLES, 'nft', '-f', '-')
  namespace.ip(...ROUTES)
  const rule = ['-m', 'mark', '!', '--mark', '0/0x1000', '-m', 'comment', '--comment', 'selvedge: packets of Services', '-j', 'ACCEPT']
  namespace.exec('iptables-legacy', '-P', 'FORWARD', 'DROP')
  namespace.exec('iptables-legacy', '-A', 'FORWARD', ...rule)
  namespace.exec('ip6tables-nft', '-A', 'INPUT', ...rule)
  namespace.exec('ip6tables-nft', '-A', 'INPUT', '-p', 'tcp', '-j', 'DROP')
  namespace.sysctl({ 'net.ipv4.ip_local_reserved_ports': '9100,30000-30100' })
  const inode = namespace.exec('stat', '--dereference', '--format=%i', namespace.path).trim()
  const record = `/run/selvedge/proxy/${inode}.json`
  machine.writeFile(
    record,
    '{ "settings": [{ "path": "net/ipv4/ip_forward", "before": "0", "written": "1" }], "reservedPorts": "30000-30100" }',
  )

  t.same(cleanup(), {
    exitCode: 0,
    stdout: [
      'removed route 10.96.0.1/32',
      'removed route 2001:db8::1/128',
      'removed nftables table inet selvedge',
      'removed nftables table arp selvedge',
      'removed link kube-dummy-if',
      'removed rule of nftables inet theirs input',
      'removed rule of nftables ip6 filter INPUT',
      'removed rule of legacy iptables FORWARD',
      'left sysctl net/ipv4/ip_forward=1 (was 0): others need it too',
      'restored ports 30000-30100: no longer reserved',
      `removed file ${record}`,
    ].join('\n'),
    stderr: '',
  })

  t.equal(
    namespace.exec('nft', 'list', 'table', 'inet', 'theirs').replaceAll(/^\s+/gm, ''),
    'table inet theirs {\nchain input {\ntype filter hook input priority filter; policy drop;\ntcp dport 22 accept comment "selvedge: not ours"\n}\n}',
  )
  t.match(namespace.exec('nft', 'list', 'tables'), 'table ip selvedge')
  t.equal(namespace.exec('ip6tables-nft', '-S', 'INPUT').trim(), '-P INPUT ACCEPT\n-A INPUT -p tcp -j DROP')
  t.equal(namespace.exec('iptables-legacy', '-S', 'FORWARD').trim(), '-P FORWARD DROP')
  t.match(namespace.exec('ip', 'route', 'show', 'table', 'local', 'proto', '84'), 'local 10.96.0.2')
  t.equal(namespace.exec('sysctl', '-n', 'net.ipv4.ip_local_reserved_ports').trim(), '9100')
  t.same(cleanup(), NOTHING, 'a second time there is nothing')
})

t.test('the last reserved port can be given back', NEEDS, async (t) => {
  const { namespace, machine, cleanup } = makeNode(t)
  namespace.sysctl({ 'net.ipv4.ip_local_reserved_ports': '30000' })
  const inode = namespace.exec('stat', '--dereference', '--format=%i', namespace.path).trim()
  machine.writeFile(`/run/selvedge/proxy/${inode}.json`, '{ "settings": [], "reservedPorts": "30000-30100" }')
  t.match(cleanup(), { exitCode: 0, stdout: 'restored ports 30000: no longer reserved' })
  t.equal(namespace.exec('sysctl', '-n', 'net.ipv4.ip_local_reserved_ports').trim(), '')
})

t.test('a link with addresses of somebody else stays', NEEDS, async (t) => {
  const { namespace, cleanup } = makeNode(t)
  namespace.ip('link add kube-dummy-if type bridge', 'address add 10.96.0.9/32 dev kube-dummy-if')
  t.same(cleanup(), { ...NOTHING, stdout: 'left link kube-dummy-if: it has addresses that are not ours (10.96.0.9/32)' })
})

t.test('while a proxy runs nothing is touched, unless it is forced', NEEDS, async (t) => {
  // The name that a running proxy holds, held by this test.
  const namespace = enterNewNamespace(t, 'node')
  const holder = createServer((connection) => connection.destroy())
  await new Promise<void>((resolve) => void holder.listen({ path: '\0selvedge-proxy' }, resolve))
  t.teardown(() => holder.close())
  namespace.exec('nft', 'add', 'table', 'inet', 'selvedge')
  const machine = makeMachine(t, namespace, ['/run/selvedge'])
  const { exitCode, stdout, stderr } = await machine.start([process.execPath, COMMAND, 'cleanup'])
  t.same([exitCode, stdout], [1, ''])
  t.match(stderr, 'selvedge proxy runs on this node and would put everything back: stop it first')
  t.match(namespace.exec('nft', 'list', 'tables'), 'inet selvedge')
  t.match(await machine.start([process.execPath, COMMAND, 'cleanup', '--force']), {
    exitCode: 0,
    stdout: 'removed nftables table inet selvedge',
  })
})

t.test('only root may clean up', NEEDS, async (t) => {
  const { machine } = makeNode(t)
  t.match(machine.run(['setpriv', '--reuid=65534', process.execPath, COMMAND, 'cleanup']), {
    exitCode: 1,
    stdout: '',
    stderr: 'selvedge cleanup: cleaning up changes the kernel: it must run as root',
  })
})
