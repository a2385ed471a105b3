/** ADD: joins a container to the bridge. A failure undoes everything that this call made, and is what the caller hears. */
import type { Link } from '#kernel/rtnetlink/types.ts'
import { type Family, familyOf } from '#net/address.ts'
import type { Call } from '../protocol/plugin.ts'
import type { Result } from '../protocol/result.ts'
import { goQuote } from '../protocol/text.ts'
import { apply, type Workbench } from './attach/apply.ts'
import { makeBridge } from './attach/make-bridge.ts'
import { observe } from './attach/observe.ts'
import type { Operation } from './attach/operation.ts'
import { createPair, drawPortName, type Pair, removePair } from './attach/pair.ts'
import { bridgeCreation, planAttachment } from './attach/plan.ts'
import { removeUnusedBridge, rollBack } from './attach/rollback.ts'
import { isComplete } from './attach/vlan-gateway.ts'
import { type BridgeConfig, checkForAdd, parseConfig } from './config.ts'
import { type BridgeEdges, closing, inContainer, onHost, orUndo, type Side, saying } from './edges.ts'
import { findBridge, findVlanGateway, nameProblem } from './find-bridge.ts'
import { type Addressing, addressingOf } from './gateways.ts'
import { localMac, parseMac } from './mac.ts'
import { attachRules, detachRules } from './netfilter/attach.ts'
import { openContainer } from './open-container.ts'
import { resultOf } from './result.ts'

/** An ADD under way: what was asked, and both sides. */
interface Attachment {
  readonly call: Call
  readonly edges: BridgeEdges
  readonly config: BridgeConfig
  readonly host: Side
  readonly container: Side
  /** As found; undefined when it must be made. */
  readonly bridge: Link | undefined
  /** As found; undefined when it must be made, or none is needed. */
  readonly vlanGateway: Link | undefined
}

/**
 * Everything that can be judged is judged first, in the reference's order: config, bridge, namespace, hardware address. Then the pair is
 * made, the lease taken, and the rest planned and applied: the bridge is seldom touched before all that could be refused has been.
 * @throws Error with the reference's sentence; the CniError of the IPAM plugin unchanged
 * @see reference/cni-plugins.md 2.2
 */
export const add = (call: Call, edges: BridgeEdges): Result => {
  const config = parseConfig(call)
  checkForAdd(config, call.cniVersion)
  return onHost(edges, (host) => {
    const bridge = findBridge(host, config.bridge)
    const vlanGateway = findVlanGateway(host, config)
    return closing(openContainer(call, edges), (namespace) =>
      inContainer(edges, namespace, (container) => join({ call, edges, config, host, container, bridge, vlanGateway })),
    )
  })
}

/** A kernel may be unable to filter VLANs: a bridge that is to is made at once, and where it is not, nothing else is begun. */
const join = (attachment: Attachment): Result => {
  const { call, edges, config, host, bridge } = attachment
  if (bridge !== undefined || !config.vlanFiltering) return attach(attachment)
  const hasAddress = config.vlan === 0 && config.isGateway && config.ipam !== ''
  const isNew = makeBridge(host, bridgeCreation(config, hasAddress ? localMac(edges.randomBytes(6)) : undefined))
  const made = findBridge(host, config.bridge)
  return orUndo(
    call.warn,
    () => attach({ ...attachment, bridge: made }),
    () => isNew && made !== undefined && removeUnusedBridge(host, made),
  )
}

const attach = (attachment: Attachment): Result => {
  const { call, edges, config, host, container, bridge, vlanGateway } = attachment
  const pair = makePair(attachment)
  const undoPair = (): void => removePair(container, pair)
  const lease = config.ipam === '' ? undefined : orUndo(call.warn, () => call.delegate.add(config.ipam), undoPair)
  const bench: Workbench = { host, container, pair, bridge, vlanGateway, sleep: edges.sleep, warn: call.warn }
  const done: Operation[] = []
  return orUndo(
    call.warn,
    () => equip({ call, edges, config, bench, lease, done }),
    // The port must be off the bridge before anybody else's are looked for, and the address unused before it is free.
    undoPair,
    () => undoRules(attachment),
    () => rollBack(done, bench, config.vlan),
    () => lease && call.delegate.del(config.ipam),
  )
}

const undoRules = ({ call, config, edges, container }: Attachment): void => {
  if (!hasRules(config)) return
  detachRules(edges.netfilter, { call, config, kept: container.links.addresses().map(({ address }) => address) })
}

/** Most attachments have none, and open no packet filter. */
const hasRules = ({ masquerade, checkSource }: BridgeConfig): boolean => masquerade || checkSource

/** The kernel's bounds for a bridge and for a pair alike. */
const MTU_BOUNDS = [68, 65535] as const

const makePair = ({ call, config: { bridge: name, mtu, mac }, edges, container, bridge }: Attachment): Pair => {
  const isBridgeRefused = bridge === undefined && mtu !== undefined && (mtu < MTU_BOUNDS[0] || mtu > MTU_BOUNDS[1])
  // The reference makes the bridge first, and would fail there.
  if (isBridgeRefused) throw new Error(`failed to create bridge ${goQuote(name)}: could not add ${goQuote(name)}: invalid argument`)
  const problem = nameProblem(call.ifname)
  if (problem !== undefined) throw new Error(`failed to make veth pair: ${problem}`)
  const address = mac === '' ? undefined : saying('failed to make veth pair', () => parseMac(mac))
  const wanted = { interface: call.ifname, ...(mtu !== undefined && { mtu }), ...(address !== undefined && { mac: address }) }
  return createPair({ edges, container, wanted })
}

interface Equipment extends Pick<Attachment, 'call' | 'edges' | 'config'> {
  readonly bench: Workbench
  /** What IPAM gave; undefined in layer 2. */
  readonly lease: Result | undefined
  /** Filled with what was changed. */
  readonly done: Operation[]
}

const equip = ({ call, edges, config, bench, lease, done }: Equipment): Result => {
  if (lease?.ips.length === 0) throw new Error('IPAM plugin returned missing IP config')
  const { host, bridge, vlanGateway, pair } = bench
  const addressing = lease && addressingOf(lease, config)
  const plan = planAttachment({
    config,
    interface: call.ifname,
    port: pair.port.name,
    bridge,
    present: addressesOf(host, config.vlan === 0 ? bridge : vlanGateway, addressing),
    ...(config.vlan !== 0 && { vlanGateway: { complete: isComplete(host, vlanGateway, bridge), port: drawPortName(edges) } }),
    ...(bridge === undefined && { freshMac: localMac(edges.randomBytes(6)) }),
    addressing,
  })
  for (const operation of plan) if (apply(operation, bench)) done.push(operation)
  const addresses = addressing?.ips.map(({ address }) => address) ?? []
  if (hasRules(config)) attachRules(edges.netfilter, { call, config, port: pair.port.name, mac: pair.interface.mac, addresses })
  const observed = observe(bench, !config.leaveDown)
  return resultOf({ config, netns: call.netns, pair, observed, addressing, dns: lease?.dns })
}

type Addresses = ReturnType<Side['links']['addresses']>

/** The addresses a device has, of the families in which it is to have one: none are read when none are wanted. */
const addressesOf = (host: Side, device: Link | undefined, addressing: Addressing | undefined): Addresses => {
  const families = new Set<Family>(addressing?.bridgeAddresses.map(({ address }) => familyOf(address)))
  if (device === undefined || families.size === 0) return []
  const [only] = families.size === 1 ? families : []
  return host.links.addresses({ link: device.index, ...(only !== undefined && { family: only }) })
}
