/** The kernel parameters that Services need, by kernel version. */
import { reasonOf } from '#kernel/errno.ts'
import type { Sysctls } from '#kernel/sysctl.ts'

/** A sysctl that must have a value; `optional` ones belong to modules, families or kernels that a node may lack. */
export interface Setting {
  readonly path: string
  readonly value: string
  readonly optional?: boolean
}

const ALWAYS: readonly Setting[] = [
  // Without it netfilter does not see IPVS's translation, and nothing can be masqueraded.
  { path: 'net/ipv4/vs/conntrack', value: '1' },
  // Connections to an endpoint that was removed are dropped at their next packet, and their clients told to connect anew.
  { path: 'net/ipv4/vs/expire_nodest_conn', value: '1' },
  { path: 'net/ipv4/vs/expire_quiescent_template', value: '1' },
  // IPv6 forwarding is left to the CNI plugin that makes an IPv6 gateway: switching it on ends a host's own use of router advertisements.
  { path: 'net/ipv4/ip_forward', value: '1' },
  // A node that looks for its neighbour in order to answer from a VIP must not give the VIP as its own address: the neighbour would believe it.
  { path: 'net/ipv4/conf/all/arp_announce', value: '2' },
  // Answers between two pods of one bridge must pass IPVS, or they arrive from the pod's address and not the VIP's.
  { path: 'net/bridge/bridge-nf-call-iptables', value: '1', optional: true },
  { path: 'net/bridge/bridge-nf-call-ip6tables', value: '1', optional: true },
]

/**
 * A client's port that comes again before its old connection was forgotten. From Linux 5.9 on it is scheduled anew at once (1, the kernel's
 * own default; with 0, which kube-router writes, it sticks to an endpoint that may be dead). Before, that cost such a connection a second.
 * @see Linux f0a5e4d7a594, kubernetes #81775 and #93297
 */
const reuseMode = (release: string): Setting => ({
  path: 'net/ipv4/vs/conn_reuse_mode',
  value: isAtLeast(release, 5, 9) ? '1' : '0',
  optional: true,
})

/** @param release what uname -r prints; one that cannot be read is taken for a new kernel's */
export const settingsFor = (release: string): readonly Setting[] => [...ALWAYS, reuseMode(release)]

/** Makes them so; true when something was written. @throws when one that is not optional is missing or cannot be written */
export const ensureSettings = (sysctls: Sysctls): boolean => {
  const written = settingsFor(sysctls.read('kernel/osrelease')).map((setting) => ensureSetting(sysctls, setting))
  return written.includes(true)
}

const isAtLeast = (release: string, major: number, minor: number): boolean => {
  const [, foundMajor = major, foundMinor = minor] = /^(\d+)\.(\d+)/.exec(release) ?? []
  return Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor)
}

const ensureSetting = (sysctls: Sysctls, { path, value, optional }: Setting): boolean => {
  try {
    return sysctls.ensure(path, value)
  } catch (error) {
    if (optional === true) return false
    // Errors of the write itself name no file.
    throw new Error(`the kernel parameter ${path} cannot be made ${value}: ${reasonOf(error)}`, { cause: error })
  }
}
