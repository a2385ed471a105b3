/** The parts of a config that every plugin shares. */
import { bool, list, map, rawObject, string, struct } from './decode.ts'

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

/** The struct of them inside a plugin's own: `struct('main.NetConf', { ...PLUGIN_CONF_FIELDS, mtu: int }, { embeds: NET_CONF })`. */
export const NET_CONF = { name: 'NetConf', fields: PLUGIN_CONF_FIELDS } as const
