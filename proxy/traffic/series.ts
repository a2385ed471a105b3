/**
 * Whose a virtual server is, as the labels of kube-router's per-service metrics: from the ledger, which knows what the kernel
 * acknowledged for whom. Pure.
 */
import type { MarkServerId } from '#kernel/ipvs/types.ts'
import type { Ledger } from '../services/ledger.ts'
import type { ServiceKey } from '../services/types.ts'

/** One virtual server of a Service: the labels that its samples have. */
export interface Series {
  readonly service: ServiceKey
  /** As Prometheus writes them, without braces. */
  readonly labels: string
}

/**
 * The series of the virtual server of this text; undefined for one that is not ours. What clients outside send to a Service with
 * externalTrafficPolicy Local comes together in one virtual server by mark, whatever address they use: its `service_vip` is `outside4`
 * or `outside6`, its port the least of those that lead to it.
 * @param text serverText of the virtual server
 */
export const seriesOf = (text: string, ledger: Pick<Ledger, 'entry' | 'ownedBy'>): Series | undefined => {
  const entry = ledger.entry(`server ${text}`)
  const service = entry?.owners[0]
  if (service === undefined || entry?.item.kind !== 'server') return undefined
  const { server } = entry.item
  if (!('fwmark' in server))
    return { service, labels: labelsOf({ service, vip: server.address, protocol: server.protocol, port: server.port }) }
  const { protocol, port } = leastExposure(server, service, ledger)
  return { service, labels: labelsOf({ service, vip: `outside${server.family}`, protocol, port }) }
}

interface Exposure {
  readonly protocol: string
  readonly port: number
}

const leastExposure = ({ fwmark, family }: MarkServerId, service: ServiceKey, ledger: Pick<Ledger, 'entry' | 'ownedBy'>): Exposure => {
  let least: Exposure = { protocol: '', port: 0 }
  for (const key of ledger.ownedBy(service)) {
    const item = key.startsWith('mark ') ? ledger.entry(key)?.item : undefined
    if (item?.kind !== 'mark' || item.mark !== fwmark || !item.set.endsWith(String(family))) continue
    const [, protocol = '', port = ''] = item.element.split(' . ')
    if (least.protocol === '' || Number(port) < least.port) least = { protocol, port: Number(port) }
  }
  return least
}

/** Names of objects, addresses and protocols hold nothing that would have to be escaped. */
const labelsOf = ({ service, vip, protocol, port }: Exposure & { readonly service: ServiceKey; readonly vip: string }): string => {
  const slash = service.indexOf('/')
  const [namespace, name] = [service.slice(0, slash), service.slice(slash + 1)]
  return `svc_namespace="${namespace}",service_name="${name}",service_vip="${vip}",protocol="${protocol}",port="${port}"`
}
