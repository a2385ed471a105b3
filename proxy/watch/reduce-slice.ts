/** A discovery.k8s.io/v1 EndpointSlice, reduced to what the proxy uses. */
import { type Family, familyOf } from '#net/address.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '../services/types.ts'
import { isSpecial } from '../special-addresses.ts'
import {
  addressOf,
  type Fields,
  fieldsOf,
  flagOf,
  listOf,
  ObjectError,
  portOf,
  protocolOf,
  type Report,
  shared,
  shown,
  textOf,
} from './fields.ts'
import { type Identity, namespacedIdentity } from './identity.ts'
import { isForeign } from './reduce-service.ts'

const SERVICE_LABEL = 'kubernetes.io/service-name'
const TRIGGER_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time'
const FAMILIES: ReadonlyMap<unknown, Family> = new Map([
  ['IPv4', 4],
  ['IPv6', 6],
])

/**
 * The slice, or undefined for one that is no Service's, another proxy's, or holds names (addressType FQDN).
 * Ports without a number stand for all ports, which no Service has: they are left out. Of an endpoint's addresses the first
 * counts (API documentation of discovery/v1 Endpoint). Loopback, link-local, multicast and unspecified addresses are left out (the API
 * server's ValidateNonSpecialIP).
 * @param report takes what is odd but does not stop us
 * @throws ObjectError when it must not be used as it is: a wrong name or port
 */
export const reduceSlice = (raw: unknown, report: Report): EndpointSlice | undefined => {
  const identity = namespacedIdentity(raw)
  const { addressType, ports, endpoints } = fieldsOf(raw)
  const family = FAMILIES.get(addressType)
  const service = serviceOf(identity)
  if (family === undefined || service === undefined || isForeign(identity.labels)) return undefined
  const triggeredAt = Date.parse(textOf(identity.annotations[TRIGGER_ANNOTATION]))
  return {
    key: identity.key,
    service,
    family,
    ports: listOf(ports).flatMap((port, index) => portAt(fieldsOf(port), { field: `ports[${index}]`, report })),
    endpoints: listOf(endpoints).flatMap((endpoint, index) =>
      endpointAt(fieldsOf(endpoint), { field: `endpoints[${index}]`, family, report }),
    ),
    ...(!Number.isNaN(triggeredAt) && { triggeredAt }),
  }
}

const serviceOf = ({ key, labels }: Identity): string | undefined => {
  const name = textOf(labels[SERVICE_LABEL])
  return name === '' ? undefined : shared(`${key.slice(0, key.indexOf('/'))}/${name}`)
}

interface Place {
  readonly field: string
  readonly report: Report
}

const portAt = ({ name, protocol, port }: Fields, { field, report }: Place): EndpointPort[] => {
  if (port === undefined || port === null) return []
  const number = portOf(port)
  if (number === undefined) throw new ObjectError(`${field}.port: ${shown(port)} is not a port (1 to 65535)`)
  const known = protocolOf(protocol)
  if (known === undefined) report(`${field}.protocol: ${shown(protocol)} is none of TCP, UDP, SCTP; the port is left out`)
  return known === undefined ? [] : [{ name: shared(textOf(name)), protocol: known, port: number }]
}

const endpointAt = (
  { addresses, conditions, nodeName, hints }: Fields,
  { field, family, report }: Place & { readonly family: Family },
): Endpoint[] => {
  const [first] = listOf(addresses)
  const address = addressOf(first)
  if (address === undefined || familyOf(address) !== family) {
    report(`${field}.addresses[0]: ${shown(first)} is not an IPv${family} address; the endpoint is left out`)
    return []
  }
  if (isSpecial(address)) {
    report(`${field}.addresses[0]: ${address} is not an address that an endpoint can have; the endpoint is left out`)
    return []
  }
  return [{ address, ...conditionsOf(fieldsOf(conditions)), nodeName: shared(textOf(nodeName)), ...hintsOf(fieldsOf(hints)) }]
}

/** Names that are none do not count; an endpoint without hints shares its empty lists with all others. */
const hintsOf = ({ forNodes, forZones }: Fields): Pick<Endpoint, 'forNodes' | 'forZones'> => ({
  forNodes: namesOf(forNodes),
  forZones: namesOf(forZones),
})

const namesOf = (entries: unknown): readonly string[] => {
  const names = listOf(entries)
    .map((entry) => shared(textOf(fieldsOf(entry).name)))
    .filter((name) => name !== '')
  return names.length === 0 ? NONE : names
}

const NONE: readonly string[] = Object.freeze([])

/** Unknown conditions: ready reads as true, serving as ready, terminating as false (API documentation of EndpointConditions). */
const conditionsOf = (conditions: Fields): Pick<Endpoint, 'ready' | 'serving' | 'terminating'> => {
  const ready = flagOf(conditions.ready, true)
  return { ready, serving: flagOf(conditions.serving, ready), terminating: flagOf(conditions.terminating, false) }
}
