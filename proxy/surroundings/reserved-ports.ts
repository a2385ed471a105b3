/**
 * NodePorts that the kernel would also give to the node's own outgoing connections are reserved: the reply to such a connection would
 * be taken for a request to the Service. Only those inside the ephemeral range; the usual ranges do not meet, and nothing is written.
 */
import type { Sysctls } from '#kernel/sysctl.ts'
import { formatPortRanges, intersect, type PortRange, parsePortRanges, subtract, union } from './port-ranges.ts'
import type { ChangeRecord } from './record.ts'

const RESERVED = 'net/ipv4/ip_local_reserved_ports'
const EPHEMERAL = 'net/ipv4/ip_local_port_range'

/** Reserves what is missing; true when something was written. Ports that others reserved stay. @throws when the kernel's text cannot be read */
export const ensureReservedPorts = (sysctls: Sysctls, record: ChangeRecord, nodePorts: PortRange): boolean => {
  const reserved = readRanges(sysctls, RESERVED)
  const missing = subtract(intersect([nodePorts], ephemeralRange(sysctls)), reserved)
  if (missing.length === 0) return false
  record.notePorts(missing)
  sysctls.write(RESERVED, formatPortRanges(union(reserved, missing)))
  return true
}

/** Takes back what we added and is still reserved; the ports that it took back. */
export const releaseReservedPorts = (sysctls: Sysctls, added: readonly PortRange[]): PortRange[] => {
  const reserved = readRanges(sysctls, RESERVED)
  const taken = intersect(reserved, added)
  // The kernel takes an empty line for no ports.
  if (taken.length > 0) sysctls.write(RESERVED, `${formatPortRanges(subtract(reserved, added))}\n`)
  return taken
}

/** `32768\t60999` */
const ephemeralRange = (sysctls: Sysctls): PortRange[] => {
  const [first, last] = sysctls.read(EPHEMERAL).trim().split(/\s+/)
  return rangesOf(`${first}-${last}`, EPHEMERAL)
}

const readRanges = (sysctls: Sysctls, path: string): PortRange[] => rangesOf(sysctls.read(path).trim(), path)

const rangesOf = (text: string, path: string): PortRange[] => {
  const ranges = parsePortRanges(text)
  if (ranges === undefined) throw new Error(`sysctl ${path} holds ${JSON.stringify(text)}, which is no set of ports`)
  return ranges
}
