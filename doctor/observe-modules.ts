/** Which kernel modules there are, by files alone: asking the kernel for one would load it. */
import type { FileSystem } from '../conflist/atomic-file.ts'
import type { ModuleState } from './facts.ts'

/** What is there when something is in the kernel, as a module or not, and only then. */
const EVIDENCE: Readonly<Record<string, string>> = {
  ip_vs: '/proc/net/ip_vs',
  br_netfilter: '/proc/sys/net/bridge/bridge-nf-call-iptables',
  nf_conntrack: '/proc/sys/net/netfilter/nf_conntrack_max',
}

/** @param release what `uname -r` prints @see modules.dep(5), modules.builtin(5) */
export const moduleState = (fs: Pick<FileSystem, 'statSync' | 'readFileSync'>, release: string, name: string): ModuleState => {
  const exists = (path: string | undefined): boolean => path !== undefined && fs.statSync(path, { throwIfNoEntry: false }) !== undefined
  const lists = (file: string): boolean | undefined => {
    const path = `/lib/modules/${release}/${file}`
    return exists(path) ? new RegExp(`/${name}\\.ko\\b`).test(fs.readFileSync(path, 'utf8').replaceAll('-', '_')) : undefined
  }
  if (exists(`/sys/module/${name}`) || exists(EVIDENCE[name]) || lists('modules.builtin') === true) return 'present'
  const listed = lists('modules.dep')
  if (listed === undefined) return EVIDENCE[name] === undefined ? 'unknown' : 'absent'
  return listed ? 'loadable' : 'absent'
}
