/** What IPVS's attributes hold, from our words: checked, and as the kernel wants it. Pure. */
import type { Family } from '#net/address.ts'
import { AF_INET, AF_INET6, FLAG_ONE_PACKET, FLAG_PERSISTENT, FLAGS_SCHEDULER } from './attributes.ts'
import type { ServerSettings } from './types.ts'

export const netlinkFamily = (family: Family): number => (family === 6 ? AF_INET6 : AF_INET)

/** union nf_inet_addr has 16 bytes for either family. */
export const UNION_BYTES = 16

/** Persistence sticks to one client address: an IPv4 mask in network order, an IPv6 prefix length in the machine's. */
export const singleClient = (family: Family): Buffer => (family === 6 ? Buffer.of(128, 0, 0, 0) : Buffer.of(255, 255, 255, 255))

/** Every flag that is not the kernel's own, so that setServer also clears what a stranger set. */
const FLAGS_MASK = FLAG_PERSISTENT | FLAG_ONE_PACKET | FLAGS_SCHEDULER

/** struct ip_vs_flags { u32 flags; u32 mask } @throws RangeError */
export const flagsOf = ({ schedulerFlags, persistenceSeconds }: ServerSettings): Buffer => {
  if ((schedulerFlags & FLAGS_SCHEDULER) !== schedulerFlags)
    throw new RangeError(`schedulerFlags ${schedulerFlags}: not a sum of 8, 16 and 32`)
  const flags = schedulerFlags | (persistenceSeconds > 0 ? FLAG_PERSISTENT : 0)
  return Buffer.of(flags, 0, 0, 0, FLAGS_MASK, 0, 0, 0)
}

const MAX_PORT = 0xffff
const MAX_U32 = 0xffff_ffff
/** The kernel keeps seconds times CONFIG_HZ (at most 1000) in 31 bits. */
const MAX_SECONDS = Math.floor(0x7fff_ffff / 1000)

/** @throws RangeError */
export const checkedPort = (field: string, port: number): number => checked(field, port, MAX_PORT)

/** Without a mark the kernel looks for an address. @throws RangeError */
export const checkedMark = (mark: number): number => {
  if (!Number.isInteger(mark) || mark < 1 || mark > MAX_U32) throw new RangeError(`fwmark ${mark}: not an integer of 1..${MAX_U32}`)
  return mark
}

/** The kernel itself refuses what is above 2^31 - 1. @throws RangeError */
export const checkedWeight = (weight: number): number => checked('weight', weight, MAX_U32)

/** @throws RangeError */
export const checkedSeconds = (field: string, seconds: number): number => checked(field, seconds, MAX_SECONDS)

const checked = (field: string, value: number, maximum: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > maximum) throw new RangeError(`${field} ${value}: not an integer of 0..${maximum}`)
  return value
}

/** IP_VS_SCHEDNAME_MAXLEN is 16 with the NUL; the kernel asks modprobe for `ip_vs_NAME`. @throws RangeError */
export const checkedScheduler = (scheduler: string): string => {
  if (!/^[a-z0-9_]{1,15}$/.test(scheduler)) throw new RangeError(`scheduler ${JSON.stringify(scheduler)}: not 1..15 of a-z, 0-9, _`)
  return scheduler
}
