/** CHECK: whether an attachment still is what its ADD said. Nothing is changed. */

import type { Call } from '../protocol/plugin.ts'
import { previousResult } from '../protocol/previous-result.ts'
import type { WrittenResult } from '../protocol/result.ts'
import { checkAddresses, checkRoutes } from './check/addressing.ts'
import { checkBridge, checkContainerInterface, checkPort } from './check/devices.ts'
import { entriesOf } from './check/entries.ts'
import { type BridgeConfig, parseConfig } from './config.ts'
import { type BridgeEdges, closing, inContainer, onHost, type Side } from './edges.ts'
import { attachmentId } from './netfilter/attach.ts'
import { verifyMasquerade, verifySourceCheck } from './netfilter/verify.ts'
import { openContainer } from './open-container.ts'

/**
 * Looks at everything in the reference's order: lease, bridge, interface, port, addresses, routes; then at the rules, which the reference
 * does not look at. In layer 2 no IPAM plugin is asked, where the reference always fails.
 * @throws Error with the reference's sentence for the first thing that differs; the CniError of the IPAM plugin unchanged
 * @see reference/cni-plugins.md 2.11
 */
export const check = (call: Call, edges: BridgeEdges): void => {
  const config = parseConfig(call)
  closing(openContainer(call, edges), (namespace) => {
    if (config.ipam !== '') call.delegate.check(config.ipam)
    const result = previousResult(call.config)
    if (result === undefined) throw new Error('Required prevResult missing')
    onHost(edges, (host) => inContainer(edges, namespace, (container) => checkAttachment({ call, edges, config, result, host, container })))
  })
}

interface Attached {
  readonly call: Call
  readonly edges: BridgeEdges
  readonly config: BridgeConfig
  readonly result: WrittenResult
  readonly host: Side
  readonly container: Side
}

const checkAttachment = ({ call, edges, config, result, host, container }: Attached): void => {
  const entries = entriesOf(result, { bridge: config.bridge, interface: call.ifname, sandbox: call.netns })
  const bridge = checkBridge(host.links, { entry: entries.bridge, promiscuous: config.promiscuous })
  const device = checkContainerInterface(container.links, { entry: entries.container, netns: call.netns })
  const port = checkPort(host.links, { entries: entries.others, bridge, interface: device })
  const addresses = checkAddresses(container.links, { interface: device, ips: entries.ips })
  checkRoutes(container.links, result.routes)
  const id = attachmentId(call)
  if (config.checkSource) verifySourceCheck(edges.netfilter, { id, port: port.name, mac: device.mac })
  if (config.masquerade) verifyMasquerade(edges.netfilter, { id, addresses })
}
