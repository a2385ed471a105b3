import t from 'tap'
import { ask, askMany } from '../../rig/ask.ts'
import { startEcho } from '../../rig/echo.ts'
import { requires } from '../../rig/requires.ts'
import { makeUnderlay } from '../../rig/underlay.ts'
import { ipvsConnections, ipvsRules } from '../../rig/witness-ipvs.ts'

t.test(
  'the witness reads what ipvsadm made, and counts what went through it',
  requires('root', 'ipvs', 'ip', 'ipvsadm', 'curl'),
  async (t) => {
    const { client, nodes, routeTo } = makeUnderlay(t)
    const [director, server] = nodes
    if (director === undefined || server === undefined) throw new Error('two nodes were asked for')
    const node = director.namespace
    await startEcho(t, server.namespace, 'server', 8080)
    routeTo('10.96.0.10/32', director)
    node.ip('route add local 10.96.0.10 dev lo')
    node.sysctl({ 'net.ipv4.vs.conntrack': 1 })
    node.exec('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-m', 'ipvs', '--vaddr', '10.96.0.10', '-j', 'MASQUERADE')
    node.exec('ipvsadm', '-A', '-t', '10.96.0.10:80', '-s', 'rr')
    node.exec('ipvsadm', '-a', '-t', '10.96.0.10:80', '-r', '192.168.50.12:8080', '-m')

    t.same(ipvsRules(node), ['-A -t 10.96.0.10:80 -s rr', '-a -t 10.96.0.10:80 -r 192.168.50.12:8080 -m -w 1'])
    t.match(ask(client, 'http://10.96.0.10/'), { name: 'server', client: '192.168.50.11' })
    t.same(askMany(client, 'http://10.96.0.10/', 4), { server: 4 })
    t.same(await ipvsConnections(node, 'tcp', '10.96.0.10:80'), { '192.168.50.12:8080': 5 })
    t.same(await ipvsConnections(node, 'tcp', '10.96.0.99:80'), {})
    t.same(ipvsRules(server.namespace), [], 'IPVS state belongs to its namespace')
  },
)
