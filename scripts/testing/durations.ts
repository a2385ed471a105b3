/** How long test files take where they run, for an order that leaves little to do beside the last one. What is not here takes as long as most. */

/** Seconds, of files that stand out, by the end of their names. */
const SECONDS: Readonly<Record<string, number>> = {
  'vm-only/proxy/e2e/services': 240,
  'vm-only/proxy/faults': 150,
  'vm-only/proxy/drain': 75,
  'vm-only/proxy/node': 70,
  'vm-only/proxy/operations': 55,
  'vm-only/cni/bridge-vlan': 38,
  'vm-only/proxy/dataplane/classes': 32,
  'vm-only/ipvs': 22,
  'vm-only/proxy/incremental': 18,
  'vm-only/rig/ipvs': 14,
  'cni/faults/kill': 57,
  'test-netns/vm/machine': 54,
  'cni/swap/swap': 32,
  'checklist/bridge-gateways': 29,
  'checklist/bridge-attachments': 26,
  'proxy/faults/injection': 25,
  'cni/faults/foreign': 22,
  'cni/faults/parallel': 20,
  'proxy/foreign-filters': 18,
  'proxy/faults/huge': 17,
  'proxy/faults/objects': 17,
  'checklist/bridge-options': 17,
  'cni/portmap-cures': 16,
  'golden/bridge': 16,
  'golden/host-local': 15,
  'cni/delegation': 14,
  'cni/portmap-traffic': 14,
  'cni/portmap-processes': 14,
  'checklist/bridge-rules': 13,
  'golden/portmap': 13,
  'doctor/doctor': 13,
  'cni/bridge-traffic': 12,
  'proxy/dataplane/rules': 12,
  'runtimes/podman': 11,
  'cni/bridge-rules': 10,
  'rig/rig': 10,
  'api-server/server': 10,
  'proxy/watch-faults': 10,
  'runtimes/containerd': 10,
  'proxy/repair': 10,
  'checklist/host-local': 10,
  'checklist/bridge-check': 10,
}
const OF_A_KERNEL_TEST = 4

/** Seconds that a test file takes on two quiet processors, roughly; in the virtual machine for those that need it. */
export const secondsOf = (file: string): number => {
  const name = file.replace(/\.test\.ts$/, '')
  const known = Object.entries(SECONDS).find(([end]) => name.endsWith(`/${end}`) || name === end)?.[1]
  return known ?? (file.startsWith('test-netns/') ? OF_A_KERNEL_TEST : 0)
}

/** The longest files first; those that are alike stay in their order. */
export const longestFirst = (files: readonly string[]): string[] => files.toSorted((one, other) => secondsOf(other) - secondsOf(one))
