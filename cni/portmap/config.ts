/** What a portmap config says, read by the reference's rules and in its order; the messages are the reference's. */
import type { Family } from '#net/address.ts'
import { NET_CONF, PLUGIN_CONF_FIELDS } from '../protocol/config.ts'
import { bool, type Decoded, decode, int, list, optional, string, struct } from '../protocol/decode.ts'
import type { Call } from '../protocol/plugin.ts'
import { previousResult } from '../protocol/previous-result.ts'
import type { WrittenResult } from '../protocol/result.ts'
import { type BackendName, type BackendProbe, backendOf } from './backend.ts'
import { type ContainerAddresses, containerAddresses } from './container-addresses.ts'

/** One entry of `portMappings`. Ports are positive, everything else is as written: see refuse.ts. */
export interface PortMapping {
  readonly hostPort: number
  readonly containerPort: number
  /** In lower case. */
  readonly protocol: string
  /** Empty: every address of the host. */
  readonly hostIP: string
}

export interface PortmapConfig {
  readonly network: string
  readonly containerId: string
  /** Undefined: whatever works on this host. */
  readonly backend: BackendName | undefined
  readonly mappings: readonly PortMapping[]
  /** Mark packets for masquerading, and let the host itself reach the ports at 127.0.0.1. */
  readonly snat: boolean
  /** Masquerade every source, not only the container's subnet and the host. */
  readonly masqAll: boolean
  /** The bit of the packet mark that asks for masquerading, 0 to 31. */
  readonly markMasqBit: number
  /** A chain that marks packets, instead of ours. */
  readonly externalSetMarkChain: string | undefined
  /** More conditions on packets to host ports, as tokens of the backend's syntax. */
  readonly conditions: Readonly<Record<Family, readonly string[]>>
  readonly container: ContainerAddresses
  readonly previous: WrittenResult | undefined
}

const DEFAULT_MARK_BIT = 13

const PORT_MAPPING = struct('main.PortMapEntry', { hostPort: int, containerPort: int, protocol: string, hostIP: string })
const FIELDS = {
  ...PLUGIN_CONF_FIELDS,
  backend: optional(string),
  snat: optional(bool),
  conditionsV4: list(string),
  conditionsV6: list(string),
  masqAll: bool,
  markMasqBit: optional(int),
  externalSetMarkChain: optional(string),
  runtimeConfig: struct('struct { PortMaps []main.PortMapEntry "json:\\"portMappings,omitempty\\"" }', {
    portMappings: list(PORT_MAPPING),
  }),
}
const CONFIG = struct('main.PortMapConf', FIELDS, { embeds: NET_CONF })

/** @throws Error with the reference's sentence */
export const readConfig = (call: Call, probe: BackendProbe): PortmapConfig => {
  const fields = wrapping('failed to parse network configuration', () => decode(call.config, CONFIG))
  const previous = wrapping('could not parse prevResult', () => previousResult(call.config))
  const markMasqBit = markBitOf(fields)
  const backend = backendOf(fields, probe)
  const mappings = fields.runtimeConfig.portMappings.map(mappingOf)
  return {
    network: call.network,
    containerId: call.containerId,
    backend,
    mappings,
    snat: fields.snat ?? true,
    masqAll: fields.masqAll,
    markMasqBit,
    externalSetMarkChain: fields.externalSetMarkChain,
    conditions: { 4: fields.conditionsV4, 6: fields.conditionsV6 },
    container: containerAddresses(previous, call.ifname),
    previous,
  }
}

const wrapping = <T>(what: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

const markBitOf = ({ markMasqBit, externalSetMarkChain }: Decoded<typeof CONFIG>): number => {
  if (markMasqBit !== undefined && externalSetMarkChain !== undefined) {
    throw new Error('Cannot specify externalSetMarkChain and markMasqBit')
  }
  const bit = markMasqBit ?? DEFAULT_MARK_BIT
  if (bit < 0 || bit > 31) throw new Error('MasqMarkBit must be between 0 and 31')
  return bit
}

const mappingOf = (mapping: Decoded<typeof PORT_MAPPING>): PortMapping => {
  if (mapping.containerPort <= 0) throw new Error(`Invalid container port number: ${mapping.containerPort}`)
  if (mapping.hostPort <= 0) throw new Error(`Invalid host port number: ${mapping.hostPort}`)
  return { ...mapping, protocol: mapping.protocol.toLowerCase() }
}
