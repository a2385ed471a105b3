/**
 * The shape of a conflist: what libcni asks of the list, and the field types of the plugins that Selvedge ships (reference plugins' own
 * documentation and reference/cni-plugins.md 2.1, 3.1, 4.1, 7.1). Unknown keys and plugins are left alone; `null` counts as absent, as
 * in Go. The message of every rule says what is legal.
 */
import * as v from 'valibot'
import { parseAddress } from '#net/address.ts'
import { formatCidr, networkOf, parseCidr } from '#net/cidr.ts'
import type { JsonValue } from './json.ts'

/** Versions of the CNI specification. */
export const CNI_VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0']

const optional = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema)
const text = (legal: string) => v.string(legal)
const matching = (pattern: RegExp, legal: string) => v.pipe(v.string(legal), v.regex(pattern, legal))
const oneOf = (...words: string[]) => v.picklist(words, words.join(', '))
const integer = (least: number, most: number) => {
  const legal = `a whole number from ${least} to ${most}`
  return v.pipe(v.number(legal), v.integer(legal), v.minValue(least, legal), v.maxValue(most, legal))
}
const listOf = <Schema extends v.GenericSchema>(schema: Schema, legal: string) => v.array(schema, legal)
const boolean = optional(v.boolean('true or false'))

const NAME = 'the name of the network: letters, digits, "_", "." and "-"'
const TYPE = 'the file name of a plugin, such as bridge'
const PLUGINS = 'a list of at least one plugin'
const NETWORK = 'a network such as 10.20.0.0/24, without host bits'
const DESTINATION = 'an address with a prefix length, such as 0.0.0.0/0'

/** What is legal for the keys that must be there; valibot reports a missing key with the message of the object around it. */
const REQUIRED: Readonly<Record<string, string>> = { name: NAME, type: TYPE, plugins: PLUGINS, subnet: NETWORK, dst: DESTINATION }

/** An object that may hold other keys too. */
const object = <Entries extends v.ObjectEntries>(entries: Entries, legal = 'an object') =>
  v.looseObject(entries, ({ input, path }) => (input === undefined && REQUIRED[String(path?.at(-1)?.key)]) || legal)

const address = v.pipe(
  v.string('an IP address'),
  v.check((value) => parseAddress(value) !== undefined, 'an IP address'),
)
const destination = v.pipe(
  v.string(DESTINATION),
  v.check((value) => parseCidr(value) !== undefined, DESTINATION),
)
const network = v.pipe(
  v.string(NETWORK),
  v.check((value) => isNetwork(value), NETWORK),
)

const isNetwork = (value: string): boolean => {
  const parsed = parseCidr(value)
  return parsed !== undefined && formatCidr(parsed) === formatCidr(networkOf(parsed))
}

/** One range of addresses of host-local. */
const RANGE_FIELDS = { rangeStart: optional(address), rangeEnd: optional(address), gateway: optional(address) }

const HOST_LOCAL = object({
  type: text('a text'),
  ...RANGE_FIELDS,
  subnet: optional(network),
  ranges: optional(
    listOf(
      listOf(object({ subnet: network, ...RANGE_FIELDS }, 'an object with a "subnet"'), 'a list of ranges: [{"subnet": …}]'),
      'a list of lists of ranges: [[{"subnet": …}]]',
    ),
  ),
  routes: optional(
    listOf(object({ dst: destination, gw: optional(address) }, 'an object with a "dst"'), 'a list of routes: [{"dst": "0.0.0.0/0"}]'),
  ),
  dataDir: optional(matching(/^\//, 'an absolute path')),
  resolvConf: optional(text('a path')),
})

const IPAM = v.lazy((input) => {
  const isHostLocal = typeof input === 'object' && input !== null && 'type' in input && input.type === 'host-local'
  return isHostLocal ? HOST_LOCAL : object({ type: optional(text('the name of an IPAM plugin')) })
})

const PLUGIN = {
  name: optional(text('a text')),
  capabilities: optional(v.record(v.string(), v.boolean('true or false'), 'an object of true and false')),
}

const BRIDGE = object({
  ...PLUGIN,
  type: text('a text'),
  bridge: optional(matching(/^(?!\.{1,2}$)[^/:\s]{1,15}$/, 'an interface name of at most 15 characters')),
  isGateway: boolean,
  isDefaultGateway: boolean,
  forceAddress: boolean,
  ipMasq: boolean,
  ipMasqBackend: optional(oneOf('iptables', 'nftables')),
  mtu: optional(integer(0, 65_535)),
  hairpinMode: boolean,
  promiscMode: boolean,
  vlan: optional(integer(0, 4_094)),
  vlanTrunk: optional(listOf(object({}), 'a list of objects')),
  preserveDefaultVlan: boolean,
  macspoofchk: boolean,
  enabledad: boolean,
  disableContainerInterface: boolean,
  portIsolation: boolean,
  ipam: optional(IPAM),
  dns: optional(object({})),
})

const PORTMAP = object({
  ...PLUGIN,
  type: text('a text'),
  backend: optional(oneOf('iptables', 'nftables')),
  snat: boolean,
  masqAll: boolean,
  markMasqBit: optional(integer(0, 31)),
  externalSetMarkChain: optional(text('the name of a chain')),
  conditionsV4: optional(listOf(text('a text'), 'a list of texts')),
  conditionsV6: optional(listOf(text('a text'), 'a list of texts')),
})

const OTHER = object({ ...PLUGIN, type: matching(/^(?!\.{1,2}$)[^/\s]+$/, TYPE) }, 'an object with the "type" of a plugin')

const schemaOf = (type: unknown) => (type === 'bridge' ? BRIDGE : type === 'portmap' ? PORTMAP : OTHER)

/** The keys that a plugin of this type reads, of itself and of its `ipam`. */
export const knownKeys = (type: JsonValue | undefined): { readonly plugin: readonly string[]; readonly ipam: readonly string[] } => ({
  plugin: Object.keys(schemaOf(type).entries),
  ipam: Object.keys(HOST_LOCAL.entries),
})

const anyPlugin = v.lazy((input) => schemaOf(typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined))

const yesOrNo = optional(v.union([v.boolean(), v.picklist(['true', 'false'])], 'true or false'))

export const CONFLIST = object(
  {
    cniVersion: optional(oneOf(...CNI_VERSIONS)),
    cniVersions: optional(listOf(matching(/^\d+\.\d+\.\d+$/, 'a version such as 1.0.0'), 'a list of versions')),
    name: matching(/^[a-zA-Z0-9][\w.-]*$/, NAME),
    disableCheck: yesOrNo,
    disableGC: yesOrNo,
    loadOnlyInlinedPlugins: yesOrNo,
    plugins: v.pipe(listOf(anyPlugin, PLUGINS), v.minLength(1, PLUGINS)),
  },
  'an object with "cniVersion", "name" and "plugins"',
)
