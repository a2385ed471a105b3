/** What is to be made of a node's kernel, and of who programmed it before. Pure. */
import type { KernelFacts, ModuleState, Parameter } from './facts.ts'
import { type Finding, ok, problem, type Verdict, warning } from './finding.ts'

export const judgeKernel = (kernel: KernelFacts, proxyRuns: boolean): Finding[] => [
  ...MODULES.map((module) => judgeModule(kernel, module)),
  nft(kernel),
  ...programs(kernel),
  parameters(kernel, proxyRuns),
  leftovers(kernel),
]

interface Need {
  readonly name: string
  readonly lacking: Exclude<Verdict, 'ok'>
  readonly why: string
}

export const MODULES: readonly Need[] = [
  { name: 'ip_vs', lacking: 'problem', why: 'Services are virtual servers of IPVS' },
  { name: 'ip_vs_rr', lacking: 'problem', why: 'it is the scheduler of every Service that names none' },
  { name: 'ip_vs_mh', lacking: 'warning', why: 'affinity of clients outside of a Local Service needs it' },
  { name: 'ip_vs_sh', lacking: 'warning', why: 'Services may ask for it by annotation' },
  { name: 'nf_conntrack', lacking: 'problem', why: 'connections are translated by it' },
  { name: 'br_netfilter', lacking: 'warning', why: 'without it pods of one bridge cannot reach each other by VIP' },
  { name: 'dummy', lacking: 'problem', why: 'the addresses of Services are routes on a dummy link' },
]

const judgeModule = ({ modules, programs: { modprobe }, release }: KernelFacts, { name, lacking, why }: Need): Finding => {
  const check = `module ${name}`
  const state: ModuleState = modules[name] ?? 'unknown'
  if (state === 'present') return ok(check, 'there')
  if (state === 'loadable' && modprobe !== undefined) return ok(check, 'not loaded; the proxy loads it')
  if (state === 'loadable')
    return { check, verdict: lacking, found: 'not loaded', advice: `load it (modprobe ${name}), or install modprobe (kmod)` }
  if (state === 'unknown') {
    return warning(check, 'not seen, and there is no /lib/modules to tell', `mount /lib/modules of the node, or load it there: ${why}`)
  }
  return {
    check,
    verdict: lacking,
    found: `neither loaded nor in /lib/modules/${release}`,
    advice: `install the kernel's modules (linux-modules-extra …): ${why}`,
  }
}

const OLDEST_NFT = 1

const nft = ({ nft: version, tables }: KernelFacts): Finding => {
  if ('failure' in version) return problem('nft', version.failure, 'install nftables 1.0 or later')
  if ('failure' in tables)
    return problem('nft', `${version.value}, but nftables cannot be read: ${tables.failure}`, 'the kernel needs nf_tables')
  if (Number.parseInt(version.value, 10) < OLDEST_NFT) return problem('nft', version.value, 'install nftables 1.0 or later')
  return ok('nft', version.value)
}

const programs = ({ programs: { modprobe, iptables } }: KernelFacts): Finding[] => [
  ...(modprobe === undefined ? [warning('modprobe', 'not installed', 'install kmod, or load the modules above at boot')] : []),
  iptables === undefined
    ? warning('iptables', 'not installed', 'install it where firewalls or hostPort mappings use it: nft alone does not see legacy rules')
    : ok('iptables', iptables),
]

const parameters = ({ parameters: all }: KernelFacts, proxyRuns: boolean): Finding => {
  const check = 'parameters'
  const wrong = all.filter(({ current, wanted }) => current !== undefined && current !== wanted)
  const locked = wrong.filter(({ writable }) => !writable)
  if (locked.length > 0)
    return problem(check, `read-only: ${changes(locked)}`, 'mount /proc/sys writable (privileged), or set them on the node')
  if (wrong.length === 0) return ok(check, 'as Services need them')
  if (proxyRuns) return warning(check, changes(wrong), 'somebody changes them: the proxy sets them again at its next audit')
  return ok(check, `the proxy will change ${changes(wrong)}`)
}

const changes = (wrong: readonly Parameter[]): string =>
  wrong.map(({ path, current, wanted }) => `${path} ${current} to ${wanted}`).join(', ')

const leftovers = ({ leftovers: left }: KernelFacts): Finding => {
  const check = 'other proxies'
  if ('failure' in left) return warning(check, `cannot be told: ${left.failure}`, 'look at ipvsadm -Ln, and nft list ruleset')
  if (left.value.length === 0) return ok(check, 'nothing of kube-router or kube-proxy')
  return warning(check, left.value.join(', '), 'stop the other proxy; what it left is taken over when Services are programmed')
}
