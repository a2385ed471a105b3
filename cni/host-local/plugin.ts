/** The host-local IPAM plugin: addresses from ranges, leases as files. It never looks into the container. */
import { CniError, ERROR_CODE, messageOf } from '../protocol/error.ts'
import type { Call, Plugin } from '../protocol/plugin.ts'
import { type Dns, EMPTY_DNS } from '../protocol/result.ts'
import { validAttachments } from '../protocol/valid-attachments.ts'
import { allocate } from './allocate.ts'
import { readConfig, readDataDir } from './config.ts'
import { type LeaseFolder, leasesOf, release, releaseAllBut } from './leases.ts'
import { parseResolvConf } from './resolv-conf.ts'
import { refuseExhausted } from './status.ts'

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
    const { sets, requested, routes, dataDir, resolvConf } = readConfig(call)
    const dns = dnsOf(edges, resolvConf)
    const folder = edges.openLeases(folderOf(dataDir, call))
    const ips = folder.locked(() => allocate(folder, { sets, requested, holder: call, warn: call.warn }))
    return { interfaces: [], ips, routes, dns }
  },
  del: (call) => {
    const folder = edges.openLeases(folderOf(readDataDir(call.config), call))
    const complaint = complaintOf(() => readConfig(call))
    // Freed also under a config that became invalid after ADD: the reference refuses it and keeps the lease.
    if (complaint === undefined || folder.exists()) folder.locked(() => release(folder, call))
    if (complaint !== undefined) throw complaint
  },
  check: (call) => {
    const folder = edges.openLeases(folderOf(readConfig(call).dataDir, call))
    const { own, legacy } = folder.locked(() => leasesOf(folder, call))
    if (own.length + legacy.length === 0) throw new Error(`host-local: Failed to find address added by container ${call.containerId}`)
  },
  gc: (call) => {
    const valid = validAttachments(call.config)
    const folder = edges.openLeases(folderOf(readDataDir(call.config), call))
    if (valid !== undefined && folder.exists()) folder.locked(() => releaseAllBut(folder, valid))
  },
  status: (call) =>
    notAvailable(() => {
      const { sets, dataDir, resolvConf } = readConfig(call)
      dnsOf(edges, resolvConf)
      const folder = edges.openLeases(folderOf(dataDir, call))
      folder.refuseReadOnly()
      if (folder.exists()) folder.locked(() => refuseExhausted(folder, sets))
    }),
})

/** The network's name is a safe file name: run.ts has checked it. */
const folderOf = (dataDir: string, { network }: Call): string => `${dataDir.replace(/\/+$/, '')}/${network}`

const dnsOf = (edges: HostLocalEdges, path: string): Dns => (path === '' ? EMPTY_DNS : parseResolvConf(edges.readText(path)))

const complaintOf = (action: () => unknown): unknown => {
  try {
    action()
    return undefined
  } catch (error) {
    return error
  }
}

/** Whatever keeps an ADD from succeeding has the code that tells a runtime so. */
const notAvailable = (action: () => void): void => {
  try {
    action()
  } catch (error) {
    throw new CniError(ERROR_CODE.notAvailable, messageOf(error))
  }
}
