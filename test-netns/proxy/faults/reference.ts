/**
 * What the kernel must hold at rest, told from the cluster alone and from scratch: no difference, no memory, none of the proxy's code.
 * It knows the features that `world.ts` uses. Keys are spelled as the proxy's items are, so that the two can be compared.
 */
import type { Item } from '../../../proxy/services/item.ts'
import type { EndpointSlice, Service, ServicePort } from '../../../proxy/services/types.ts'
import type { World } from './world.ts'

/** Kernel objects: what may change about them, by key. */
export type Expected = ReadonlyMap<string, string>

export const referenceOf = (world: World): Expected =>
  new Map([...world.services.keys()].flatMap((key) => [...referenceOfService(world, key)]))

/** What one Service needs. */
export const referenceOfService = ({ services, slices, node }: World, key: string): Expected => {
  const service = services.get(key)
  const expected = new Map<string, string>()
  if (service === undefined) return expected
  const own = [...slices.values()].filter((slice) => slice.service === key)
  for (const vip of service.clusterIps) {
    const family = familyOf(vip)
    expected.set(`element address${family} ${vip}`, '')
    expected.set(`route ${vip}`, node.addresses.find((address) => familyOf(address) === family) ?? '')
    for (const port of service.ports)
      expose({ set: `vip${family}`, address: vip, number: port.port, port, service, own, here: node.name }, expected)
  }
  const families = service.clusterIps.map(familyOf)
  for (const address of node.addresses.filter((each) => families.includes(familyOf(each)))) {
    for (const port of service.ports.filter(({ nodePort }) => nodePort !== 0))
      expose({ set: `nodeport${familyOf(address)}`, address, number: port.nodePort, port, service, own, here: node.name }, expected)
  }
  return expected
}

interface Exposed {
  readonly set: string
  readonly address: string
  readonly number: number
  readonly port: ServicePort
  readonly service: Service
  readonly own: readonly EndpointSlice[]
  readonly here: string
}

const expose = ({ set, address, number, port, service, own, here }: Exposed, expected: Map<string, string>): void => {
  const server = `${port.protocol} ${address.includes(':') ? `[${address}]` : address}:${number}`
  expected.set(`element ${set} ${address} . ${port.protocol} . ${number}`, '')
  expected.set(`server ${server}`, `${service.scheduler} ${service.schedulerFlags} ${service.affinitySeconds}`)
  for (const { ip, target, local } of endpointsOf(port, own, familyOf(address))) {
    expected.set(`destination ${server} ${ip.includes(':') ? `[${ip}]` : ip}:${target}`, '1')
    if (local === here) expected.set(`element hairpin${familyOf(address)} ${ip} . ${ip}`, '')
  }
}

const endpointsOf = (port: ServicePort, own: readonly EndpointSlice[], family: number): { ip: string; target: number; local: string }[] => {
  const all = own
    .filter((slice) => slice.family === family)
    .flatMap(({ ports, endpoints }) => {
      const match = ports.filter(({ name, protocol }) => name === port.name && protocol === port.protocol)
      return match.flatMap(({ port: target }) => endpoints.map((one) => ({ one, ip: one.address, target, local: one.nodeName })))
    })
  const ready = all.filter(({ one }) => one.ready)
  return ready.length > 0 ? ready : all.filter(({ one }) => one.serving && one.terminating)
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)

/** What a kernel holds, in the same terms. */
export const heldBy = (items: ReadonlyMap<string, Item>): Expected => new Map([...items].map(([key, item]) => [key, settingsOf(item)]))

/** What may change about a kernel object, as the reference model writes it. */
export const settingsOf = (item: Item): string => {
  if (item.kind === 'server') return `${item.server.scheduler} ${item.server.schedulerFlags} ${item.server.persistenceSeconds}`
  if (item.kind === 'destination') return String(item.destination.weight)
  if (item.kind === 'mark') return String(item.mark)
  return item.kind === 'route' ? item.source : ''
}

/** `missing`, `wrong` and `left over`, one line each, sorted; empty when both are the same. */
export const deviations = (held: Expected, expected: Expected): string[] =>
  [
    ...[...expected].filter(([key]) => !held.has(key)).map(([key]) => `missing: ${key}`),
    ...[...expected].filter(([key, value]) => held.has(key) && held.get(key) !== value).map(([key]) => `wrong: ${key} is ${held.get(key)}`),
    ...[...held.keys()].filter((key) => !expected.has(key)).map((key) => `left over: ${key}`),
  ].sort()
