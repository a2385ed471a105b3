/** The bridge plugin's configuration: read, checked and completed once; the rest of the plugin trusts it. */
import { readArgs } from '../protocol/args.ts'
import { NET_CONF, PLUGIN_CONF_FIELDS } from '../protocol/config.ts'
import { bool, type Decoded, decode, int, list, optional, string, struct, withDefault } from '../protocol/decode.ts'
import type { Call } from '../protocol/plugin.ts'
import type { Dns } from '../protocol/result.ts'
import type { CniVersion } from '../protocol/version.ts'
import { checkBackendName } from './netfilter/backend.ts'
import { trunkVlans, VLAN_TRUNK } from './trunk.ts'
import type { VlanConfig } from './vlan.ts'

export interface BridgeConfig extends VlanConfig {
  /** Name of the bridge, as written: the kernel judges it. */
  readonly bridge: string
  /** For the bridge at its creation and both ends of the pair; undefined leaves the kernel's default. */
  readonly mtu: number | undefined
  /** The container interface's address as written, not yet parsed; empty: the kernel's choice. */
  readonly mac: string
  readonly isGateway: boolean
  /** Implies isGateway. */
  readonly isDefaultGateway: boolean
  /** A conflicting address of the bridge is replaced. */
  readonly forceAddress: boolean
  readonly promiscuous: boolean
  /** Packets may leave through the port they came in by. */
  readonly hairpin: boolean
  /** The port talks to ports that are not isolated. */
  readonly isolated: boolean
  /** IPv6 duplicate address detection in the container. */
  readonly detectDuplicates: boolean
  /** The container's interface stays down. */
  readonly leaveDown: boolean
  /** The bridge, should it be made, filters VLANs. */
  readonly vlanFiltering: boolean
  /** IPAM plugin; empty: layer 2 only. */
  readonly ipam: string
  /** Replaces what IPAM says about DNS. */
  readonly dns: Dns | undefined
  /** Hides the container's addresses behind the host's; only where IPAM gives it some. */
  readonly masquerade: boolean
  /** The packet filter to masquerade by, as written; undefined: whatever works on this host. */
  readonly masqueradeBackend: string | undefined
  /** Drops what the container sends from another hardware address than its own. */
  readonly checkSource: boolean
}

/** The reference's own DNS fields tell an empty list from an absent one. */
const DNS_OVERRIDE = struct('types.DNS', {
  nameservers: optional(list(string)),
  domain: string,
  search: optional(list(string)),
  options: optional(list(string)),
})

const FIELDS = {
  ...PLUGIN_CONF_FIELDS,
  dns: DNS_OVERRIDE,
  bridge: withDefault(string, 'cni0'),
  isGateway: bool,
  isDefaultGateway: bool,
  forceAddress: bool,
  ipMasq: bool,
  ipMasqBackend: optional(string),
  mtu: int,
  hairpinMode: bool,
  promiscMode: bool,
  vlan: int,
  vlanTrunk: optional(list(VLAN_TRUNK, '[]*main.VlanTrunk')),
  preserveDefaultVlan: bool,
  macspoofchk: bool,
  enabledad: bool,
  disableContainerInterface: bool,
  portIsolation: bool,
  args: struct('struct { Cni main.BridgeArgs "json:\\"cni,omitempty\\"" }', { cni: struct('main.BridgeArgs', { mac: string }) }),
  runtimeConfig: struct('struct { Mac string "json:\\"mac,omitempty\\"" }', { mac: string }),
}
const CONFIG = struct('main.NetConf', FIELDS, { embeds: NET_CONF })

type NetConf = Decoded<typeof CONFIG>

/**
 * Reads the config and CNI_ARGS of a call, for every verb.
 * @throws Error with the reference's sentences, in its order: JSON, vlan, vlanTrunk, CNI_ARGS
 * @see reference/cni-plugins.md 2.1
 */
export const parseConfig = ({ config, args }: Pick<Call, 'config' | 'args'>): BridgeConfig => {
  const written = readFields(config)
  const { vlan, mtu } = written
  if (vlan < 0 || vlan > 4094) throw new Error(`invalid VLAN ID ${vlan} (must be between 0 and 4094)`)
  const trunk = trunkVlans(written.vlanTrunk ?? [])
  const mac = chosenMac(written, args)
  if (mtu > 0xffffffff) throw new Error(`invalid mtu ${mtu} (must be at most 4294967295)`)
  return {
    bridge: written.bridge,
    mtu: mtu > 0 ? mtu : undefined,
    mac,
    isGateway: written.isGateway || written.isDefaultGateway,
    isDefaultGateway: written.isDefaultGateway,
    forceAddress: written.forceAddress,
    promiscuous: written.promiscMode,
    hairpin: written.hairpinMode,
    isolated: written.portIsolation,
    detectDuplicates: written.enabledad,
    leaveDown: written.disableContainerInterface,
    vlan,
    trunk,
    preserveDefaultVlan: written.preserveDefaultVlan,
    vlanFiltering: vlan !== 0 || written.vlanTrunk !== undefined,
    ipam: written.ipam.type,
    dns: dnsOverride(written.dns),
    masquerade: written.ipMasq && written.ipam.type !== '',
    masqueradeBackend: written.ipMasqBackend,
    checkSource: written.macspoofchk,
  }
}

/**
 * What ADD alone refuses, before anything is changed: the reference's own reasons.
 * @throws Error with the reference's sentence
 */
export const checkForAdd = (config: BridgeConfig, cniVersion: CniVersion): void => {
  const { ipam, leaveDown, hairpin, promiscuous, masquerade, masqueradeBackend } = config
  if (ipam !== '' && leaveDown) throw new Error('cannot use IPAM when DisableContainerInterface flag is set')
  if (hairpin && promiscuous) throw new Error('cannot set hairpin mode and promiscuous mode at the same time')
  // The reference says either once everything is made, and leaves it there.
  if (masquerade) checkBackendName(masqueradeBackend)
  if (ipam === '' && cniVersion < '0.3.0') throw new Error('cannot convert: no valid IP addresses')
}

const readFields = (config: Call['config']): NetConf => {
  try {
    return decode(config, CONFIG)
  } catch (error) {
    throw new Error(`failed to load netconf: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** The later the source, the stronger: CNI_ARGS, then args.cni, then runtimeConfig. */
const chosenMac = ({ args: { cni }, runtimeConfig }: NetConf, args: string): string => {
  let fromArgs = ''
  readArgs(args, {
    MAC: (value) => {
      fromArgs = value
    },
  })
  return runtimeConfig.mac || cni.mac || fromArgs
}

const dnsOverride = ({ nameservers, domain, search, options }: NetConf['dns']): Dns | undefined => {
  if (nameservers === undefined && search === undefined && options === undefined && domain === '') return undefined
  return { nameservers: nameservers ?? [], domain, search: search ?? [], options: options ?? [] }
}
