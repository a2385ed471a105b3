/** The proxy takes the place of those that ran before, as README "Coming from kube-router" says, while clients of every kind ask all the time. */
import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import { type Agent, startAgent } from '../../../rig/agent.ts'
import type { RunningProcess } from '../../../rig/process.ts'
import { until } from '../../../rig/until.ts'
import { ipvsRules } from '../../../rig/witness-ipvs.ts'
import { iptablesSave } from '../../../rig/witness-netfilter.ts'
import type { OneNode } from '../one-node.ts'
import { FOREIGN, GONE, type Inheritance, layOtherProxies } from './leftovers.ts'
import { type Place, startTraffic } from './traffic.ts'

/** Lays what the others left, starts the proxy over it, and returns it. `scene`'s Services have both pods as endpoints. */
export const takesTheirPlace = async (
  t: Test,
  scene: OneNode & { startProxy(): Promise<RunningProcess> },
  what: Pick<Inheritance, 'kubeRouter' | 'kubeProxy' | 'nodePort'>,
): Promise<RunningProcess> => {
  const { namespace: node, address } = scene.node
  const left = { ...what, node, address, endpoints: [scene.a, scene.b].map((pod) => `${pod.address}:8080`) }
  layOtherProxies(left)
  const traffic = await startTraffic(whoAsksWhom(t, scene, left))
  const proxy = await scene.startProxy()
  // The last thing that goes.
  await until('what was left is gone', () => proxy.output().includes('link kube-ipvs0 with 2 addresses'), proxy.output, { seconds: 60 })
  await after(1_000)
  const { answered, failed } = await traffic.end()
  t.same(failed, [], `${answered} answers, none lost`)
  t.ok(answered > 50, `${answered} answers`)
  looks(t, left)
  return proxy
}

/** From outside of the cluster, from the node itself, and from a pod that is an endpoint too. */
const whoAsksWhom = (
  t: Test,
  { client, node, b }: OneNode,
  { address, kubeRouter, kubeProxy, nodePort }: Inheritance,
): [Agent, Place][] => {
  const [itself, pod] = [startAgent(t, node.namespace, 'node'), startAgent(t, b.namespace, 'pod')]
  const [ours, theirs] = [kubeRouter[0], kubeProxy].map((vip) => ({ address: vip, port: 80 })) as [Place, Place]
  return [
    ...[client, itself, pod].map((asker): [Agent, Place] => [asker, ours]),
    ...[client, itself].map((asker): [Agent, Place] => [asker, theirs]),
    [client, { address, port: nodePort }],
  ]
}

const looks = (t: Test, { node, address, endpoints, kubeRouter, kubeProxy, nodePort }: Inheritance): void => {
  const servers = ipvsRules(node)
  const adopted = (place: string, settings = ''): string[] => [
    `-A -t ${place} -s rr${settings}`,
    ...endpoints.map((endpoint) => `-a -t ${place} -r ${endpoint} -m -w 1`),
  ]
  const of = (place: string): string[] => servers.filter((line) => line.includes(` -t ${place} `))
  for (const vip of [kubeRouter[0], kubeProxy]) t.same(of(`${vip}:80`), adopted(`${vip}:80`), vip)
  t.same(of(`${kubeRouter[1]}:80`), adopted(`${kubeRouter[1]}:80`, ' -p 10800 -b flag-3'), 'each client is one again')
  t.same(of(`${address}:${nodePort}`), adopted(`${address}:${nodePort}`), 'the NodePort')
  const gone = [GONE.kubeRouter, GONE.kubeProxy, `:${GONE.nodePort} `, GONE.endpoint]
  t.same(
    servers.filter((line) => gone.some((each) => line.includes(each))),
    [],
    'of Services that are gone',
  )
  t.same(of('203.0.113.77:99'), FOREIGN.servers, 'others’ virtual server')

  const links: { ifname: string; addr_info: { local: string; scope: string }[] }[] = JSON.parse(node.exec('ip', '-j', 'address'))
  const dummies = links.filter(({ ifname }) => ['kube-dummy-if', 'kube-ipvs0'].includes(ifname))
  const addresses = dummies.map(({ ifname, addr_info }) => [ifname, ...addr_info.filter(({ scope }) => scope !== 'link')])
  t.same(addresses, [['kube-dummy-if']], 'without addresses, and kube-proxy’s is gone')

  const rules = iptablesSave(node)
  t.same(
    rules.filter((line) => /^-A (?:INPUT|PREROUTING|OUTPUT|POSTROUTING) /.test(line)),
    [FOREIGN.rules[0], '-A POSTROUTING -j KUBE-POSTROUTING', FOREIGN.rules[1]],
    'rules that harm nobody',
  )
  const sets = node.exec('ipset', 'list', '-name').split('\n')
  for (const set of [FOREIGN.set, 'kube-router-svip', 'KUBE-CLUSTER-IP']) t.ok(sets.includes(set), `the ipset ${set} stays`)
}
