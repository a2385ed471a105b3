/** Whose a virtual server is, as the labels of kube-router's per-service metrics. Pure. */
import type { MarkServerId, VirtualServerId } from '#kernel/ipvs/types.ts'
import type { Ledger } from '../services/ledger.ts'
import type { ServiceKey } from '../services/types.ts'

/**
 * The labels as Prometheus writes them, without braces; names of objects, addresses and protocols hold nothing that would have to be
 * escaped. What clients outside send to a Service with externalTrafficPolicy Local comes together in one virtual server by mark,
 * whatever address they use: its `service_vip` is `outside4` or `outside6`, its port the least of those that lead to it.
 */
export const labelsOf = (server: VirtualServerId, service: ServiceKey, ledger: Pick<Ledger, 'entry' | 'ownedBy'>): string => {
  const slash = service.indexOf('/')
  const [namespace, name] = [service.slice(0, slash), service.slice(slash + 1)]
  const { address, protocol, port } = 'fwmark' in server ? leastExposure(server, service, ledger) : server
  return `svc_namespace="${namespace}",service_name="${name}",service_vip="${address}",protocol="${protocol}",port="${port}"`
}

interface Exposure {
  readonly address: string
  readonly protocol: string
  readonly port: number
}

const leastExposure = ({ fwmark, family }: MarkServerId, service: ServiceKey, ledger: Pick<Ledger, 'entry' | 'ownedBy'>): Exposure => {
  let least = { address: `outside${family}`, protocol: '', port: 0 }
  for (const key of ledger.ownedBy(service)) {
    const item = key.startsWith('mark ') ? ledger.entry(key)?.item : undefined
    if (item?.kind !== 'mark' || item.mark !== fwmark || !item.set.endsWith(String(family))) continue
    const [, protocol = '', port = ''] = item.element.split(' . ')
    if (least.protocol === '' || Number(port) < least.port) least = { ...least, protocol, port: Number(port) }
  }
  return least
}
