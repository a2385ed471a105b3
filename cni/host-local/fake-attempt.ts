/** One allocation for unit tests. */
import { formatCidr, parseCidr } from '#net/cidr.ts'
import { allocate } from './allocate.ts'
import type { FakeLeaseFolder } from './fake-lease-folder.ts'
import { completeSets } from './range-set.ts'

export interface Attempt {
  /** Sets of subnets. */
  readonly sets: readonly (readonly string[])[]
  readonly requested?: readonly string[]
  readonly id?: string
  readonly ifname?: string
  readonly warnings?: string[]
}

/** Gives addresses, each as `address gateway`. */
export const give = (folder: FakeLeaseFolder, { sets, requested = [], id = 'c1', ifname = 'eth0', warnings = [] }: Attempt): string[] => {
  const completed = completeSets(
    sets.map((set) => set.map((subnet) => ({ subnet: parseCidr(subnet) }))),
    '1.0.0',
  )
  const holder = { containerId: id, ifname }
  const ips = folder.locked(() => allocate(folder, { sets: completed, requested, holder, warn: (line) => warnings.push(line) }))
  return ips.map(({ address, gateway }) => `${formatCidr(address)} ${gateway}`)
}
