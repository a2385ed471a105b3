/** Which endpoints each port of a Service has on this node, in the order in which this node asks them. Pure. */
import type { Family } from '#net/address.ts'
import { chooseEndpoints, type EndpointAddress, type EndpointChoice, type Place } from './endpoints.ts'
import { fnv1a } from './fnv.ts'
import type { EndpointSlice, ServicePort } from './types.ts'

export type Choose = (port: ServicePort, family: Family) => EndpointChoice

/** Each choice is made once, however many addresses a port has. */
export const choices = ({ slices, node }: { readonly slices: Iterable<EndpointSlice>; readonly node: Place }): Choose => {
  const all = [...slices]
  const made = { 4: new Map<ServicePort, EndpointChoice>(), 6: new Map<ServicePort, EndpointChoice>() }
  return (port, family) => {
    const known = made[family].get(port)
    if (known !== undefined) return known
    const { cluster, local } = chooseEndpoints({ port, family, slices: all, node })
    const choice = { cluster: inNodeOrder(cluster, node.name), local: inNodeOrder(local, node.name) }
    made[family].set(port, choice)
    return choice
  }
}

/** Every node starts its round robin elsewhere: otherwise all first connections of a cluster meet at one endpoint. */
const inNodeOrder = (endpoints: readonly EndpointAddress[], nodeName: string): readonly EndpointAddress[] => {
  if (endpoints.length < 2) return endpoints
  const ranked = endpoints.map((endpoint) => ({ endpoint, rank: fnv1a(`${nodeName} ${endpoint.address} ${endpoint.port}`) }))
  return ranked.sort((one, other) => one.rank - other.rank).map(({ endpoint }) => endpoint)
}
