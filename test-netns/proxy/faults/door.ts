/** Objects from the door to the kernel: watchers' intake, controller, fake kernel; and what an object may never bring about there. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { Item } from '../../../proxy/services/item.ts'
import { createHarness, type Harness } from '../../../proxy/services/testing/harness.ts'
import { Intake } from '../../../proxy/watch/intake.ts'
import { nodeNamed, SERVICES, SLICES, type WatchedResource } from '../../../proxy/watch/resource.ts'

export interface Door {
  readonly harness: Harness
  readonly warnings: string[]
  /** An object arrives; it and everything that follows from it happens. */
  present(resource: WatchedResource, raw: unknown): void
  /** A new list names the bystander and these objects only. */
  relist(objects: readonly { readonly resource: WatchedResource; readonly raw: unknown }[]): void
  /** What is wrong now; empty when nothing is. */
  complaints(): string[]
}

export const NODES = nodeNamed('node-a')

const BYSTANDER = {
  service: { metadata: { name: 'bystander', namespace: 'ns' }, spec: { clusterIP: '10.96.0.5', ports: [{ port: 80 }] } },
  slice: {
    metadata: { name: 'bystander-1', namespace: 'ns', labels: { 'kubernetes.io/service-name': 'bystander' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080 }],
    endpoints: [{ addresses: ['10.20.1.5'] }],
  },
}
const ITS_ITEMS = ['element vip4 10.96.0.5 . tcp . 80', 'element address4 10.96.0.5', 'server tcp 10.96.0.5:80', 'route 10.96.0.5']
const ITS_DESTINATION = 'destination tcp 10.96.0.5:80 10.20.1.5:8080'

/** A started controller with one healthy Service, which nothing may disturb. */
export const openDoor = (): Door => {
  const harness = createHarness()
  const warnings: string[] = []
  const keep = (_fields: object, message: string): void => void warnings.push(message)
  const intakes = new Map(
    [SERVICES, SLICES, NODES].map((resource) => [
      resource,
      new Intake({ resource, onEvents: (events) => void harness.send(...events), log: { info: keep, warn: keep, error: keep } }),
    ]),
  )
  const present = (resource: WatchedResource, raw: unknown): void => {
    intakes.get(resource)?.present(raw)
    intakes.get(resource)?.flush()
  }
  present(SERVICES, BYSTANDER.service)
  present(SLICES, BYSTANDER.slice)
  return {
    harness,
    warnings,
    present,
    relist: (objects) => {
      for (const [resource, intake] of intakes) {
        intake.beginList()
        if (resource === SERVICES) intake.present(BYSTANDER.service)
        if (resource === SLICES) intake.present(BYSTANDER.slice)
        for (const each of objects) if (each.resource === resource) intake.present(each.raw)
        intake.endList()
        intake.flush()
      }
    },
    complaints: () => [
      ...warnings.filter((message) => message.includes('internal error') || message.includes('a listener failed')),
      ...harness.told.filter((line) => line.startsWith('failed')),
      ...[...ITS_ITEMS, ITS_DESTINATION].filter((key) => !harness.plane.items.has(key)).map((key) => `the bystander lost ${key}`),
      ...[...harness.plane.items].flatMap(([key, item]) => faultsOf(item).map((fault) => `${key.slice(0, 200)}: ${fault}`)),
    ],
  }
}

/** RFC 6890, RFC 4291, RFC 5771: addresses that are nobody's, or the machine's own, or of many. */
const forbidden = new BlockList()
for (const [network, length] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
] as const)
  forbidden.addSubnet(network, length, 'ipv4')
forbidden.addAddress('255.255.255.255', 'ipv4')
for (const [network, length] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  forbidden.addSubnet(network, length, 'ipv6')

const addressFault = (address: string): string[] => {
  if (!isIPv4(address) && !isIPv6(address)) return [`${address.slice(0, 80)} is no address`]
  return forbidden.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') ? [`${address} is nobody’s to have`] : []
}

const numberFault = (name: string, value: number, low: number, high: number): string[] =>
  Number.isInteger(value) && value >= low && value <= high ? [] : [`${name} ${value}`]

/** Addresses, ports, and a network: whatever else stood in an element would be read by nft. */
const ELEMENT = /^[0-9a-f.:]+( \. [0-9a-f.:]+)?( \. (tcp|udp|sctp) \. [0-9]{1,5})?( \. [0-9a-f.:]+\/[0-9]{1,3})?$/

const faultsOf = (item: Item): string[] => {
  if (item.kind === 'route') return [...addressFault(item.address), ...(item.source === '' ? [] : addressFault(item.source))]
  if (item.kind === 'element' && item.set === 'marks') return /^0x[0-9a-f]{1,8}$/.test(item.element) ? [] : [`not a mark: ${item.element}`]
  if (item.kind === 'element' || item.kind === 'mark')
    return ELEMENT.test(item.element) ? addressFault(item.element.split(' ')[0] ?? '') : [`not an element: ${item.element.slice(0, 80)}`]
  const server = 'address' in item.server ? [...addressFault(item.server.address), ...numberFault('port', item.server.port, 1, 65_535)] : []
  if (item.kind === 'server')
    return [
      ...server,
      ...numberFault('persistence', item.server.persistenceSeconds, 0, 86_400),
      ...(/^(rr|wrr|lc|wlc|sh|dh|mh|sed|nq)$/.test(item.server.scheduler) ? [] : [`scheduler ${item.server.scheduler.slice(0, 80)}`]),
    ]
  const { address, port, weight } = item.destination
  return [...server, ...addressFault(address), ...numberFault('port', port, 1, 65_535), ...numberFault('weight', weight, 0, 1)]
}
