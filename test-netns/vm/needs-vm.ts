/** Whether this machine's own kernel will do. */
import { lacks } from '../rig/capabilities.ts'

/** Why kernel tests must run in the virtual machine, e.g. `this kernel has no IPVS`; undefined when the running kernel can do it all. */
export const needsVm = (): string | undefined => {
  if (lacks('root') !== undefined) return 'an ordinary user cannot make network namespaces'
  const reasons = ['ipvs', 'dummy', 'vlan-filtering'].map(lacks).filter((reason) => reason !== undefined)
  return reasons.length === 0 ? undefined : reasons.join(', ')
}
