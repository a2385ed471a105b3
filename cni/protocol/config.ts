/** The parts of a config that every plugin shares. */
import { bool, list, map, rawObject, string, struct } from './decode.ts'

/** A plugin's `dns` object. */
export const DNS = struct('types.DNS', { nameservers: list(string), domain: string, search: list(string), options: list(string) })

/**
 * The fields of the reference's `types.NetConf`, to spread into a plugin's own list: `struct('main.NetConf', { ...NET_CONF_FIELDS, mtu: int })`.
 * `prevResult` stays raw: see previous-result.ts.
 */
export const NET_CONF_FIELDS = {
  cniVersion: string,
  name: string,
  type: string,
  capabilities: map(bool),
  ipam: struct('types.IPAM', { type: string }),
  dns: DNS,
  prevResult: rawObject,
} as const
