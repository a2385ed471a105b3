/**
 * A network's leases on disk, the reference's own files: `<ip>` holding the container id and the interface name, and
 * `last_reserved_ip.<set>` holding the address given last. Everything here expects the network's lock to be held.
 */
import { type IpAddress, parseAddress } from '#net/address.ts'
import { messageOf } from '../protocol/error.ts'
import type { Attachment } from '../protocol/valid-attachments.ts'

/** A lease as found: its text without the white space around it. */
export interface Lease {
  readonly address: IpAddress
  readonly text: string
}

/** The folder of one network, as file operations. The real one is lease-folder.ts. */
export interface LeaseFolder {
  /** Whether the folder is there. Needs no lock. */
  exists(): boolean
  /** Runs `action` while no other process works on this network; makes the folder when it is missing. */
  locked<T>(action: () => T): T
  names(): string[]
  has(name: string): boolean
  /** All leases that can be read. */
  leases(): Lease[]
  /** Those leases whose text is one of these. */
  find(texts: readonly string[]): Lease[]
  /** A file's text, or undefined when there is no such file. */
  read(name: string): string | undefined
  /** Whether a file was written before this machine's last start, as far as that is certain. */
  isOfEarlierBoot(name: string): boolean
  /** Makes a file, whole or not at all; false when there is something of that name. */
  create(name: string, content: string): boolean
  /** Makes or replaces a file; it is never seen half-written. */
  write(name: string, content: string): void
  /** @throws Error when no lease could be written, as far as can be told without making the folder. Needs no lock. */
  refuseReadOnly(): void
  /** Removes a file; a missing one is fine. */
  remove(name: string): void
}

/** Who holds a lease. */
export type Holder = Attachment

const contentOf = ({ containerId, ifname }: Holder): string => `${containerId}\r\n${ifname}`

/** A lease of today's form; the old one named the container only, and people reserve an address by writing a file by hand. */
const isComplete = ({ text }: Lease): boolean => text.includes('\r\n')

export interface HolderLeases {
  /** The holder's addresses, in the order of their texts. */
  readonly own: readonly IpAddress[]
  /** Leases of the old form, which name the container only. */
  readonly legacy: readonly IpAddress[]
  /** Files that a crash left empty: the reference makes a lease before it writes it, and then finds nothing of it ever again. */
  readonly empty: readonly IpAddress[]
}

/** What one reading of the folder tells about a holder. */
export const leasesOf = (folder: LeaseFolder, holder: Holder): HolderLeases => {
  const found = folder.find([contentOf(holder), holder.containerId, ''])
  const saying = (content: string) => addressesOf(found.filter(({ text }) => text === content)).toSorted()
  return { own: saying(contentOf(holder)), legacy: saying(holder.containerId), empty: saying('') }
}

const addressesOf = (leases: readonly Lease[]): IpAddress[] => leases.map(({ address }) => address)

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

/** Whether nobody can be using this address although there is a file: the file is empty, or no container of its boot lives. */
export const isDead = (folder: LeaseFolder, lease: Lease): boolean =>
  lease.text === '' || (isComplete(lease) && folder.isOfEarlierBoot(lease.address))

/** The lease of an address; undefined when there is none, or something that is no file. */
export const leaseAt = (folder: LeaseFolder, address: IpAddress): Lease | undefined => {
  const text = folder.read(address)?.trim()
  return text === undefined ? undefined : { address, text }
}

/**
 * Frees all this holder's leases (those of the old form only when it has none of its own) and what a crash left empty. All are tried
 * before a failure is thrown.
 */
export const release = (folder: LeaseFolder, holder: Holder): void => {
  const { own, legacy, empty } = leasesOf(folder, holder)
  free(folder, [...(own.length > 0 ? own : legacy), ...empty])
}

/** Frees the leases of all but these holders. One of the old form lives as long as any interface of its container. */
export const releaseAllBut = (folder: LeaseFolder, holders: readonly Holder[]): void => {
  const kept = new Set(holders.flatMap((holder) => [contentOf(holder), holder.containerId]))
  free(folder, addressesOf(folder.leases().filter(({ text }) => !kept.has(text))))
}

/** Frees addresses; all are tried before a failure is thrown. */
export const free = (folder: LeaseFolder, addresses: readonly IpAddress[]): void => {
  const failures: string[] = []
  for (const address of addresses) {
    try {
      folder.remove(address)
    } catch (error) {
      failures.push(messageOf(error))
    }
  }
  if (failures.length > 0) throw new Error(failures.join(';'))
}
