/**
 * What a load balancer is told about a Service on this node: whether new connections find an endpoint here. Pure.
 * @see pkg/proxy/healthcheck/service_health.go, whose body, headers and statuses these are
 */
import type { Family, IpAddress } from '#net/address.ts'
import type { Answer } from '../http/listen.ts'
import type { EndpointSlice, Service } from '../services/types.ts'

/** Distinct addresses of ready endpoints of this node that one of the Service's ports leads to, of one family. */
export const countLocalEndpoints = (asked: {
  readonly service: Pick<Service, 'ports'>
  readonly slices: Iterable<EndpointSlice>
  readonly family: Family
  readonly nodeName: string
}): number => {
  const { service, slices, family, nodeName } = asked
  const found = new Set<IpAddress>()
  for (const slice of slices) {
    if (slice.family !== family || !leadsTo(service, slice)) continue
    for (const { address, ready, nodeName: place } of slice.endpoints) if (ready && place === nodeName) found.add(address)
  }
  return found.size
}

const leadsTo = ({ ports }: Pick<Service, 'ports'>, slice: EndpointSlice): boolean =>
  slice.ports.some(({ name, protocol }) => ports.some((port) => port.name === name && port.protocol === protocol))

/** 200 when there is an endpoint here and the proxy keeps the kernel right, else 503. */
export const healthCheckAnswer = (facts: { readonly key: string; readonly localEndpoints: number; readonly healthy: boolean }): Answer => {
  const { key, localEndpoints, healthy } = facts
  const slash = key.indexOf('/')
  const service = { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
  return {
    status: localEndpoints > 0 && healthy ? 200 : 503,
    type: 'application/json',
    body: JSON.stringify({ service, localEndpoints, serviceProxyHealthy: healthy }),
    headers: { 'X-Content-Type-Options': 'nosniff', 'X-Load-Balancing-Endpoint-Weight': String(localEndpoints) },
  }
}
