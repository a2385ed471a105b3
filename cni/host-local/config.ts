/** The host-local plugin's config: the `ipam` part of a network's config, with what the runtime asked for. */
import { type IpAddress, parseAddress } from '#net/address.ts'
import { parseCidr } from '#net/cidr.ts'
import { cidr, ip, parseMapped } from '../protocol/address-fields.ts'
import { readArgs } from '../protocol/args.ts'
import { type Decoded, type Decoder, decode, list, optional, string, struct, text } from '../protocol/decode.ts'
import type { GoValue } from '../protocol/json.ts'
import type { Call } from '../protocol/plugin.ts'
import type { WrittenResult } from '../protocol/result.ts'
import { ROUTES, routeOf } from '../protocol/result-decode.ts'
import type { Subnet } from './range.ts'
import { completeSets, type RangeSet } from './range-set.ts'

export interface HostLocalConfig {
  readonly sets: readonly RangeSet[]
  /** Addresses that must be among those given. */
  readonly requested: readonly IpAddress[]
  readonly routes: WrittenResult['routes']
  /** The folder of all networks' leases. */
  readonly dataDir: string
  /** A resolv.conf to take the result's DNS from; empty for none. */
  readonly resolvConf: string
}

const DATA_DIR = '/var/lib/cni/networks'

/** Go keeps the sixteen bytes of a mask that was written in IPv6 form, and a range refuses it beside the four of its address. */
const subnet: Decoder<Subnet | undefined> = {
  ...cidr,
  read: (value, place) => {
    const mapped = value.kind === 'string' ? parseMapped(value.value) : undefined
    return mapped === undefined ? cidr.read(value, place) : { ...mapped, mixed: true }
  },
}

const RANGE_FIELDS = { rangeStart: ip, rangeEnd: ip, subnet, gateway: ip }
const RANGE_SETS = list(list(struct('allocator.Range', RANGE_FIELDS), 'allocator.RangeSet'))

/** An address with or without a prefix length, which is not used. The empty text is refused later, in the reference's order. */
const requestedAddress = (written: string): IpAddress => {
  if (written === '') return ''
  const address = written.includes('/') ? (parseMapped(written) ?? parseCidr(written))?.address : parseAddress(written)
  if (address === undefined) throw new Error(`invalid IP address ${written}`)
  return address
}
const ADDRESSES = list(text('*ip.IP', '', requestedAddress))

const RUNTIME_CONFIG = 'struct { IPRanges []allocator.RangeSet "json:\\"ipRanges,omitempty\\""; IPs []*ip.IP "json:\\"ips,omitempty\\"" }'

const NET = struct('allocator.Net', {
  name: string,
  cniVersion: string,
  ipam: optional(
    struct(
      'allocator.IPAMConfig',
      { ...RANGE_FIELDS, Name: string, type: string, routes: ROUTES, dataDir: string, resolvConf: string, ranges: RANGE_SETS },
      { embeds: { name: 'Range', fields: RANGE_FIELDS } },
    ),
  ),
  runtimeConfig: struct(RUNTIME_CONFIG, { ipRanges: RANGE_SETS, ips: ADDRESSES }),
  args: struct('struct { A *allocator.IPAMArgs "json:\\"cni\\"" }', { cni: struct('allocator.IPAMArgs', { ips: ADDRESSES }) }),
})

/** @throws Error with the reference's sentence */
export const readConfig = ({ config, args }: Pick<Call, 'config' | 'args'>): HostLocalConfig => {
  const net = decode(config, NET)
  if (net.ipam === undefined) throw new Error("IPAM config missing 'ipam' key")
  const requested = requestedOf(net, args)
  const { ipam, runtimeConfig } = net
  // A range of the old form counts only with a subnet.
  const legacy = ipam.subnet === undefined ? [] : [[ipam]]
  const sets = completeSets([...runtimeConfig.ipRanges, ...legacy, ...ipam.ranges], net.cniVersion)
  return {
    sets,
    requested,
    routes: ipam.routes.map(routeOf),
    dataDir: ipam.dataDir === '' ? DATA_DIR : ipam.dataDir,
    resolvConf: ipam.resolvConf,
  }
}

const PLACE = struct('allocator.Net', { ipam: struct('allocator.IPAMConfig', { dataDir: string }) })

/** The folder of all networks' leases, read from a config that may be invalid otherwise. @throws Error when it is no text */
export const readDataDir = (config: GoValue): string => decode(config, PLACE).ipam.dataDir || DATA_DIR

/** CNI_ARGS, then `args.cni.ips`, then the capability: all of them, although the conventions let later ones replace earlier. */
const requestedOf = ({ args, runtimeConfig }: Decoded<typeof NET>, environmentArgs: string): IpAddress[] => {
  let fromArgs: IpAddress[] = []
  readArgs(environmentArgs, {
    // A key that stands there twice counts the second time.
    IP: (value) => {
      fromArgs = value === '' ? [] : [requestedAddress(value)]
    },
  })
  const requested = [...fromArgs, ...args.cni.ips, ...runtimeConfig.ips]
  if (requested.includes('')) throw new Error('cannot understand ip: IP <nil> not v4 nor v6')
  return [...new Set(requested)]
}
