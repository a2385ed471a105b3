/** The parts of a config that every plugin shares. */
import { bool, embedded, list, map, rawObject, string, struct } from './decode.ts'

/** A plugin's `dns` object. */
export const DNS = struct('types.DNS', { nameservers: list(string), domain: string, search: list(string), options: list(string) })

/** The fields that every plugin's config has: the reference's `types.PluginConf`. `prevResult` stays raw: see previous-result.ts. */
export const PLUGIN_CONF_FIELDS = {
  cniVersion: string,
  name: string,
  type: string,
  capabilities: map(bool),
  ipam: struct('types.IPAM', { type: string }),
  dns: DNS,
  prevResult: rawObject,
} as const

/** The same, to spread into a plugin's own list: `struct('main.NetConf', { ...NET_CONF_FIELDS, mtu: int })`. */
export const NET_CONF_FIELDS = embedded('NetConf', PLUGIN_CONF_FIELDS)
