/**
 * A network's leases on disk, the reference's own files: `<ip>` holding the container id and the interface name, and
 * `last_reserved_ip.<set>` holding the address given last. Everything here expects the network's lock to be held.
 */
import { type IpAddress, parseAddress } from '#net/address.ts'

/** The folder of one network, as file operations. The real one is lease-folder.ts. */
export interface LeaseFolder {
  /** Runs `action` while no other process works on this network; makes the folder when it is missing. */
  locked<T>(action: () => T): T
  names(): string[]
  /** A file's text, or undefined when there is no such file. */
  read(name: string): string | undefined
  /** Makes a file; false when it exists. After a failure there is no such file. */
  create(name: string, content: string): boolean
  /** Makes or replaces a file. */
  write(name: string, content: string): void
  /** Removes a file; a missing one is fine. */
  remove(name: string): void
}

/** Who holds a lease. */
export interface Holder {
  readonly containerId: string
  readonly ifname: string
}

const contentOf = ({ containerId, ifname }: Holder): string => `${containerId}\r\n${ifname}`

/** The addresses this holder has, in the order of their texts. A lease of the old form names the container only. */
export const leasesOf = (folder: LeaseFolder, holder: Holder): { own: IpAddress[]; legacy: IpAddress[] } => {
  const own: IpAddress[] = []
  const legacy: IpAddress[] = []
  for (const name of addressNames(folder)) {
    const content = folder.read(name)?.trim()
    if (content === contentOf(holder)) own.push(name)
    else if (content === holder.containerId) legacy.push(name)
  }
  return { own, legacy }
}

const addressNames = (folder: LeaseFolder): IpAddress[] =>
  folder
    .names()
    .filter((name) => parseAddress(name) === name)
    .toSorted()

/** The address that set number `set` gave last; undefined when the file is missing or holds none. */
export const lastReserved = (folder: LeaseFolder, set: number): IpAddress | undefined => parseAddress(folder.read(cursorName(set)) ?? '')

/** Makes a lease and moves the set's cursor to it; false when the address is taken. Leaves no lease behind when it fails. */
export const reserve = (folder: LeaseFolder, lease: { address: IpAddress; set: number; holder: Holder }): boolean => {
  const { address, set, holder } = lease
  if (!folder.create(address, contentOf(holder))) return false
  try {
    folder.write(cursorName(set), address)
    return true
  } catch (error) {
    folder.remove(address)
    throw error
  }
}

const cursorName = (set: number): string => `last_reserved_ip.${set}`

/** Frees all this holder's leases; those of the old form only when it has none of its own. All are tried before a failure is thrown. */
export const release = (folder: LeaseFolder, holder: Holder): void => {
  const { own, legacy } = leasesOf(folder, holder)
  const failures: unknown[] = []
  for (const address of own.length > 0 ? own : legacy) {
    try {
      folder.remove(address)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new Error(failures.map((each) => (each instanceof Error ? each.message : String(each))).join(';'))
}
