/** What a machine may lack for a test: rights, parts of its kernel, programs. Asked of the machine itself, once per process. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { execaSync } from 'execa'

/** `root`, a part of the kernel, or the name of a program; its path where it is in no folder of PATH. */
export type Need = 'root' | 'ipvs' | 'dummy' | 'vlan-filtering' | (string & {})

/** Why `need` is not met, as the end of a sentence; undefined when it is. */
export const lacks = (need: Need): string | undefined => {
  const known = answers.get(need)
  if (known !== undefined) return known.reason
  const reason = (checks[need] ?? (() => lacksProgram(need)))()
  answers.set(need, { reason })
  return reason
}

const answers = new Map<Need, { readonly reason: string | undefined }>()

const isRoot = (): boolean => process.getuid?.() === 0

/** What the tests use beside IPVS, in one call: else the kernel starts a modprobe for each at its first use, and two for what nft calls by other names. */
const USUAL_MODULES = [
  ...['ip_vs_rr', 'nf_conntrack_netlink', 'nft_ct', 'nft_masq', 'nft_reject_inet', 'nft_fib_inet', 'nft_chain_nat', 'nft_compat'],
  ...['xt_comment', 'xt_mark', 'xt_MASQUERADE', 'xt_conntrack', 'dummy', 'veth', 'bridge', 'br_netfilter', 'vxlan'],
]

const checks: Readonly<Record<string, () => string | undefined>> = {
  root: () => (isRoot() ? undefined : 'must be run as root'),
  ipvs: () => {
    if (isRoot()) succeeds('modprobe', ['--all', 'ip_vs', ...USUAL_MODULES])
    return existsSync('/proc/net/ip_vs') ? undefined : 'this kernel has no IPVS'
  },
  dummy: () => (canMake(['dummy']) ? undefined : 'this kernel has no dummy links'),
  'vlan-filtering': () => (canMake(['bridge', 'vlan_filtering', '1']) ? undefined : 'this kernel has no bridge VLAN filtering'),
}

/** Whether a link of this type can be made, tried in a network namespace of its own. */
const canMake = (type: readonly string[]): boolean =>
  isRoot() && succeeds('unshare', ['--net', 'ip', 'link', 'add', 'probe', 'type', ...type])

const lacksProgram = (name: string): string | undefined =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(resolve(folder, name))) ? undefined : `${name} is not installed`

const succeeds = (program: string, parameters: readonly string[]): boolean =>
  execaSync(program, parameters, { reject: false }).exitCode === 0
