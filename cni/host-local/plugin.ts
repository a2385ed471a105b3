/** The host-local IPAM plugin: addresses from ranges, leases as files. It never looks into the container. */
import type { Call, Plugin } from '../protocol/plugin.ts'
import { type Dns, EMPTY_DNS } from '../protocol/result.ts'
import { allocate } from './allocate.ts'
import { type HostLocalConfig, readConfig } from './config.ts'
import { type LeaseFolder, leasesOf, release } from './leases.ts'
import { parseResolvConf } from './resolv-conf.ts'

/** What the plugin asks of the file system. */
export interface HostLocalEdges {
  /** The lease folder of one network at `path`. */
  openLeases(path: string): LeaseFolder
  /** A file's text. @throws Error `open PATH: …` */
  readText(path: string): string
}

export const createHostLocal = (edges: HostLocalEdges): Plugin => ({
  name: 'host-local',
  add: (call) => {
    const { sets, requested, routes, ...config } = readConfig(call)
    const dns = dnsOf(edges, config.resolvConf)
    const folder = leasesIn(edges, config, call)
    const ips = folder.locked(() => allocate(folder, { sets, requested, holder: call, warn: call.warn }))
    return { interfaces: [], ips, routes, dns }
  },
  del: (call) => {
    const folder = leasesIn(edges, readConfig(call), call)
    folder.locked(() => release(folder, call))
  },
  check: (call) => {
    const folder = leasesIn(edges, readConfig(call), call)
    const { own, legacy } = folder.locked(() => leasesOf(folder, call))
    if (own.length + legacy.length === 0) throw new Error(`host-local: Failed to find address added by container ${call.containerId}`)
  },
  // As in the reference: neither verb looks at anything.
  gc: () => undefined,
  status: () => undefined,
})

/** The network's name is a safe file name: run.ts has checked it. */
const leasesIn = (edges: HostLocalEdges, { dataDir }: Pick<HostLocalConfig, 'dataDir'>, { network }: Call): LeaseFolder =>
  edges.openLeases(`${dataDir.replace(/\/+$/, '')}/${network}`)

const dnsOf = (edges: HostLocalEdges, path: string): Dns => (path === '' ? EMPTY_DNS : parseResolvConf(edges.readText(path)))
