/** What is to be made of a node's pod networks, conflist and CNI executables. Pure. */
import { formatCidr } from '#net/cidr.ts'
import type { CniFacts } from './facts.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

export const judgeCni = (cni: CniFacts): Finding[] => [podNetworks(cni), conflist(cni), executables(cni)]

const podNetworks = ({ podNetwork }: CniFacts): Finding => {
  const check = 'pod networks'
  if ('failure' in podNetwork) {
    return problem(check, podNetwork.failure, 'start flannel on this node; selvedge install needs it (or --node-json)')
  }
  const { podCidrs, mtu } = podNetwork.value
  const networks = podCidrs.map(formatCidr).join(', ')
  if (mtu === undefined)
    return warning(check, `${networks}; the MTU is not known`, 'give selvedge install --mtu: a wrong one loses large packets')
  return ok(check, `${networks}, MTU ${mtu}`)
}

const INSTALL = 'run selvedge install --conflist=FILE'

const conflist = ({ confDirectory, configurations, subnets, bridgeMtu, podNetwork }: CniFacts): Finding => {
  const check = 'conflist'
  if ('failure' in configurations) return problem(check, `${confDirectory}: ${configurations.failure}`, INSTALL)
  const [first, ...others] = configurations.value
  if (first === undefined) return problem(check, `${confDirectory} has none`, INSTALL)
  const path = `${confDirectory}/${first}`
  if (subnets === undefined) {
    return warning(
      check,
      `${path} has no bridge with host-local`,
      `runtimes use the first by name: remove it if ${others[0] ?? 'another'} is meant`,
    )
  }
  if ('failure' in podNetwork)
    return warning(check, `${path}: nobody can tell whether its networks are this node's`, 'look again when flannel runs')
  const { podCidrs, mtu } = podNetwork.value
  const missing = podCidrs.map(formatCidr).filter((network) => !subnets.includes(network))
  if (missing.length > 0) return problem(check, `${path} hands out ${subnets.join(', ') || 'nothing'}, not ${missing.join(', ')}`, INSTALL)
  if (mtu !== undefined && mtu !== bridgeMtu)
    return warning(check, `${path} has MTU ${bridgeMtu ?? 'of the kernel'}, flannel ${mtu}`, INSTALL)
  return ok(check, path)
}

const executables = ({ binDirectory, executables: found }: CniFacts): Finding => {
  const check = 'executables'
  if ('failure' in found) return problem(check, found.failure, 'run selvedge install')
  const { missing, ours } = found.value
  if (missing.length > 0) return problem(check, `${binDirectory} lacks ${missing.join(', ')}`, 'run selvedge install')
  if (ours) return ok(check, `${binDirectory}: bridge, host-local, loopback, portmap of this version`)
  return warning(check, `${binDirectory} has others than this version's`, 'run selvedge install, if they are to be ours')
}
