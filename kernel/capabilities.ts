/** What a process may do, as /proc/PID/status tells it. */

/** The bits of linux/capability.h that programming a network needs, by name. */
const BITS = { CAP_NET_ADMIN: 12n, CAP_SYS_MODULE: 16n } as const

export type Capability = keyof typeof BITS

/** Whether a process has a capability in effect. @param status the text of its /proc/PID/status; @see proc_pid_status(5) CapEff */
export const hasCapability = (status: string, capability: Capability): boolean => {
  const [, mask] = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status) ?? []
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BITS[capability]) & 1n) === 1n
}
