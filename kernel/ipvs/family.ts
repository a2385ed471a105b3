/** IPVS's generic netlink family, with the module behind it. */
import type { CommandRunner } from '../command.ts'
import { findGenericFamily } from '../generic-netlink.ts'
import { loadModule } from '../modules.ts'
import type { NetlinkChannel } from '../netlink/channel.ts'
import { IPVS_FAMILY } from './attributes.ts'

/** This kernel has no IPVS, and loading it failed. `message` says what was tried and why it failed. */
export class IpvsUnavailableError extends Error {
  override readonly name = 'IpvsUnavailableError'
  readonly code = 'EPROTONOSUPPORT'
}

/** The family's id; loads the module, once, when the kernel does not know the family. @throws IpvsUnavailableError, KernelError */
export const findOrLoadIpvs = (channel: Pick<NetlinkChannel, 'request'>, commands: CommandRunner): number => {
  const family = findGenericFamily(channel, IPVS_FAMILY)
  if (family !== undefined) return family
  const failure = loadModule('ip_vs', commands)
  const loaded = findGenericFamily(channel, IPVS_FAMILY)
  if (loaded !== undefined) return loaded
  throw new IpvsUnavailableError(`IPVS is not available in this kernel: ${failure ?? 'modprobe ip_vs succeeded, but changed nothing'}`)
}
