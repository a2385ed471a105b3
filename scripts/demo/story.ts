/** The demo, from the seed's manifest to what the kernel holds. Needs root and IPVS: run.ts sees to both. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parse } from 'yaml'
import { findLeftovers, observeSurroundings, type Surroundings } from '../../test-netns/leftovers.ts'
import { ask, askUdp } from '../../test-netns/rig/ask.ts'
import type { Conflist } from '../../test-netns/rig/container-runtime.ts'
import { makeOwner, type Owner } from '../../test-netns/rig/owner.ts'
import { CLIENT_ADDRESS } from '../../test-netns/rig/underlay.ts'
import { WaitedInVainError } from '../../test-netns/rig/until.ts'
import { readManifest } from './manifest.ts'
import { type DemoCluster, install, makeCluster, ROOT } from './nodes.ts'
import { answered, type DemoPod, HTTP_PORT, plugInPod, serve, sliceOf } from './pods.ts'
import { startProxies, stopProxies, untilServed } from './proxies.ts'
import { patchSchedulers } from './schedulers.ts'
import { check, DemoFailure, say, show, step } from './screen.ts'

const MANIFEST = join(ROOT, 'examples/kube-router.yaml')
const SERVICE = join(ROOT, 'examples/service.yaml')
const HOST_PORT = 8088

const tell = async (owner: Owner): Promise<void> => {
  step('The seed’s manifest')
  const { conflist, proxyArguments } = readManifest(readFileSync(MANIFEST, 'utf8'), MANIFEST)
  say(`ConfigMap: ${conflist.fileName}; DaemonSet arguments: ${proxyArguments.join(' ')}`)

  step('Two nodes on a flannel overlay, an API server, a client outside')
  const cluster = await makeCluster(owner)
  const [node1, node2] = cluster.nodes

  step('selvedge install: executables and conflist on both nodes')
  const installed = await Promise.all(cluster.nodes.map((node) => install(node, MANIFEST)))
  const conflists = installed.map((text) => JSON.parse(text) as Conflist)

  step('Three pods, plugged in by the node’s own chain (bridge, host-local, portmap)')
  const pods = await plugIn(owner, cluster, conflists)
  const [a, , c] = pods
  answered('pod to pod across the nodes', ask(a.namespace, `http://${c.address}:${HTTP_PORT}/`))
  answered(`host port ${HOST_PORT} of ${node1.name}, from outside`, ask(cluster.client, `http://${node1.address}:${HOST_PORT}/`))

  step('selvedge proxy on both nodes, with the manifest’s arguments as they stand')
  const proxies = await startProxies(owner, cluster.nodes, proxyArguments)

  step('A Service with a cluster IP and a NodePort')
  const created = await cluster.api.client.create(parse(readFileSync(SERVICE, 'utf8')))
  const { name, vip, nodePort, notifyPort } = addressesOf(created)
  await cluster.api.client.create(sliceOf(name, pods))
  for (const node of cluster.nodes) await untilServed(node, { server: `${vip}:80`, scheduler: 'rr', pods: pods.length })
  say(`${name}: cluster IP ${vip}, NodePort ${nodePort}`)
  answered('VIP from a node', ask(node1.namespace, `http://${vip}/`))
  const pod = answered('VIP from a pod', ask(a.namespace, `http://${vip}/`))
  const outsider = answered('VIP from outside', ask(cluster.client, `http://${vip}/`))
  const own: string[] = [a.address, CLIENT_ADDRESS]
  check('--masquerade-all: neither is seen with its own address', !own.includes(pod.client) && !own.includes(outsider.client))
  answered(`NodePort of ${node1.name} from outside`, ask(cluster.client, `http://${node1.address}:${nodePort}/`))
  answered(`NodePort of ${node2.name} from outside`, ask(cluster.client, `http://${node2.address}:${nodePort}/`))
  answered('VIP over UDP from a pod', askUdp(a.namespace, vip, notifyPort))

  step('The scheduler, patched to lc, sh, dh and back to rr')
  await patchSchedulers(cluster, { service: name, vip, pods })

  step('What the kernel holds')
  show(node1.namespace.exec('ipvsadm', '--list', '--numeric'))

  step('The proxies end; the data plane stands')
  await stopProxies(cluster.nodes, proxies)
  answered('VIP from outside, without a proxy', ask(cluster.client, `http://${vip}/`))

  step('The pods are unplugged, and nothing of them is left')
  unplug(cluster, pods)
}

const plugIn = async (
  owner: Owner,
  { nodes: [node1, node2] }: DemoCluster,
  conflists: readonly Conflist[],
): Promise<[DemoPod, DemoPod, DemoPod]> => {
  const [on1, on2] = conflists
  if (on1 === undefined || on2 === undefined) throw new DemoFailure('a node has no conflist')
  const a = plugInPod(owner, { name: 'pod-a', node: node1, conflist: on1, hostPort: HOST_PORT })
  const b = plugInPod(owner, { name: 'pod-b', node: node1, conflist: on1 })
  const c = plugInPod(owner, { name: 'pod-c', node: node2, conflist: on2 })
  await Promise.all([a, b, c].map((pod) => serve(owner, pod)))
  return [a, b, c]
}

const addressesOf = (service: Readonly<Record<string, unknown>>): { name: string; vip: string; nodePort: number; notifyPort: number } => {
  const { metadata, spec } = service as {
    metadata: { name: string }
    spec: { clusterIP: string; ports: { port: number; nodePort: number }[] }
  }
  return { name: metadata.name, vip: spec.clusterIP, nodePort: spec.ports[0]?.nodePort ?? 0, notifyPort: spec.ports[1]?.port ?? 0 }
}

const unplug = ({ nodes, client }: DemoCluster, pods: readonly DemoPod[]): void => {
  for (const pod of pods) pod.unplug()
  for (const { name, machine, namespace } of nodes) {
    const leases = machine
      .run(['ls', '/var/lib/cni/networks/mynet'])
      .stdout.split('\n')
      .filter((file) => /^[0-9a-f.:]+$/.test(file))
    check(`${name}: no lease is left`, leases.length === 0, leases.join(' '))
    const rules = namespace
      .exec('iptables-save', '-t', 'nat')
      .split('\n')
      .filter((line) => line.includes('CNI-DN-'))
    check(`${name}: no host port rule is left`, rules.length === 0, rules.join(' '))
  }
  check('the host port is closed', ask(client, `http://${nodes[0].address}:${HOST_PORT}/`, { timeout: 3 }) === 'refused')
}

/** Compares this machine with what it was before. */
const compare = async (before: Surroundings): Promise<void> => {
  step('Everything the demo made is gone')
  const leftovers = await findLeftovers(before)
  for (const { name, found } of leftovers) if (found.length > 0) check(name, false, found.join(', '))
  say(`ok  ${leftovers.map(({ name }) => name).join('; ')}`)
}

const before = observeSurroundings()
const owner = makeOwner()
let status = 0
try {
  try {
    await tell(owner)
  } finally {
    owner.close()
  }
  await compare(before)
  process.stdout.write('\nThe demo is complete: everything above was checked on a real kernel.\n')
} catch (error) {
  process.stdout.write(
    `\nFAILED: ${error instanceof DemoFailure || error instanceof WaitedInVainError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  )
  status = 1
}
process.exit(status)
