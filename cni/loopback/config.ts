/** The loopback plugin's config: nothing but what all plugins share. */
import { PLUGIN_CONF_FIELDS } from '../protocol/config.ts'
import { decode, struct } from '../protocol/decode.ts'
import { explaining } from '../protocol/error.ts'
import type { GoValue } from '../protocol/json.ts'
import { previousResult } from '../protocol/previous-result.ts'
import type { WrittenResult } from '../protocol/result.ts'

export interface LoopbackConfig {
  readonly previous: WrittenResult | undefined
  /** A config that names its version gets the 1.x shape under that name; see Result.unconverted. */
  readonly unconverted: boolean
}

const NET_CONF = struct('types.PluginConf', PLUGIN_CONF_FIELDS)

/** @throws Error with the reference's sentence */
export const readConfig = (config: GoValue): LoopbackConfig => {
  const { cniVersion } = explaining('failed to parse network config', () => decode(config, NET_CONF))
  const previous = explaining('failed to parse prevResult', () => previousResult(config))
  return { previous, unconverted: cniVersion !== '' }
}
