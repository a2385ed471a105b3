import t from 'tap'
import { startActor } from '../../rig/actor.ts'
import { requires } from '../../rig/requires.ts'
import { makeUnderlay } from '../../rig/underlay.ts'
import { ipvsConnections, ipvsRules } from '../../rig/witness-ipvs.ts'

t.test('the witness reads what ipvsadm made, and counts what went through it', requires('root', 'ipvs', 'ip', 'ipvsadm'), async (t) => {
  const { client, nodes, routeTo } = makeUnderlay(t)
  const [director, server] = nodes
  if (director === undefined || server === undefined) throw new Error('two nodes were asked for')
  const node = director.namespace
  await startActor(t, server.namespace, 'server').serve([8080])
  const asker = startActor(t, client, 'client')
  routeTo('10.96.0.10/32', director)
  node.ip('route add local 10.96.0.10 dev lo')
  node.sysctl({ 'net.ipv4.vs.conntrack': 1 })
  node.exec('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-m', 'ipvs', '--vaddr', '10.96.0.10', '-j', 'MASQUERADE')
  node.exec('ipvsadm', '-A', '-t', '10.96.0.10:80', '-s', 'rr')
  node.exec('ipvsadm', '-a', '-t', '10.96.0.10:80', '-r', '192.168.50.12:8080', '-m')

  t.same(ipvsRules(node), ['-A -t 10.96.0.10:80 -s rr', '-a -t 10.96.0.10:80 -r 192.168.50.12:8080 -m -w 1'])
  const answers = await asker.askMany({ address: '10.96.0.10', port: 80, times: 5 })
  t.match(answers, new Array(5).fill({ name: 'server', client: '192.168.50.11' }))
  t.same(await ipvsConnections(node, 'tcp', '10.96.0.10:80'), { '192.168.50.12:8080': 5 })
  t.same(await ipvsConnections(node, 'tcp', '10.96.0.99:80'), {})
  t.same(ipvsRules(server.namespace), [], 'IPVS state belongs to its namespace')
})
