/** The demo's pods: network namespaces that the node's own conflist and executables plug in, as a container runtime would. */
import { readySlice } from '../../test-netns/proxy/cluster-objects.ts'
import {
  type Attachment,
  type AttachmentResult,
  addToNetwork,
  type Conflist,
  removeFromNetwork,
} from '../../test-netns/rig/container-runtime.ts'
import { type EchoReply, startEcho } from '../../test-netns/rig/echo.ts'
import { makeNamespace, type NetNamespace } from '../../test-netns/rig/namespace.ts'
import type { Owner } from '../../test-netns/rig/owner.ts'
import type { DemoNode } from './nodes.ts'
import { check, DemoFailure, say } from './screen.ts'

export interface DemoPod {
  readonly name: string
  readonly node: DemoNode
  readonly namespace: NetNamespace
  readonly address: string
  /** DEL of the whole chain. */
  unplug(): void
}

/** What the Service's ports lead to. */
export const HTTP_PORT = 8080
export const NOTIFY_PORT = 5300

/** Makes a pod's namespace and plugs it in. */
export const plugInPod = (owner: Owner, asked: { name: string; node: DemoNode; conflist: Conflist; hostPort?: number }): DemoPod => {
  const { name, node, conflist, hostPort } = asked
  const namespace = makeNamespace(owner, name)
  const portMappings = hostPort === undefined ? [] : [{ hostPort, containerPort: HTTP_PORT, protocol: 'tcp' }]
  const attachment: Attachment = {
    containerId: `demo-${name}`,
    netns: namespace.path,
    ifname: 'eth0',
    ...(hostPort === undefined ? {} : { portMappings }),
  }
  const result = addToNetwork(node.machine, conflist, attachment)
  const address = addressOf(result, name)
  say(`${name}: ${address} on ${node.name}${hostPort === undefined ? '' : `, host port ${hostPort} -> ${HTTP_PORT}`}`)
  return { name, node, namespace, address, unplug: () => removeFromNetwork(node.machine, conflist, { ...attachment, result }) }
}

/** Starts a pod's servers, which answer with its name and who asked. */
export const serve = async (owner: Owner, { namespace, name }: DemoPod): Promise<void> => {
  await startEcho(owner, namespace, name, HTTP_PORT, NOTIFY_PORT)
}

const addressOf = ({ ips }: AttachmentResult, name: string): string => {
  const address = ips?.[0]?.address.split('/')[0]
  if (address === undefined) throw new DemoFailure(`${name} got no address`)
  return address
}

const SLICE_PORTS = [
  { name: 'http', protocol: 'TCP', port: HTTP_PORT },
  { name: 'notify', protocol: 'UDP', port: NOTIFY_PORT },
]

/** The slice that the control plane would make of these pods. */
export const sliceOf = (service: string, pods: readonly DemoPod[]) => readySlice(service, SLICE_PORTS, pods)

/** An answer, or the failure as the end of the demo. */
export const answered = (claim: string, reply: EchoReply | string): EchoReply => {
  if (typeof reply === 'string') throw new DemoFailure(`${claim}: ${reply}`)
  check(claim, true, `${reply.name} answers, and sees ${reply.client}`)
  return reply
}
