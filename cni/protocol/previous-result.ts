/** The result of the plugin before this one in the chain, as the runtime passes it in the config. */
import { PLUGIN_CONF_FIELDS } from './config.ts'
import { decode, struct } from './decode.ts'
import { explaining } from './error.ts'
import type { GoValue } from './json.ts'
import type { WrittenResult } from './result.ts'
import { decodeResult } from './result-decode.ts'

const CONFIG = struct('types.PluginConf', { cniVersion: PLUGIN_CONF_FIELDS.cniVersion, prevResult: PLUGIN_CONF_FIELDS.prevResult })

/**
 * The config's `prevResult`, or undefined when it is absent or null. One without a version is of the config's version.
 * @throws Error `could not parse prevResult: …`
 */
export const previousResult = (config: GoValue): WrittenResult | undefined => {
  const { cniVersion, prevResult } = decode(config, CONFIG)
  if (prevResult?.kind !== 'object') return undefined
  const named = prevResult.entries.some(([key]) => key === 'cniVersion')
  const version = { kind: 'string', value: cniVersion } as const
  const complete: GoValue = named ? prevResult : { kind: 'object', entries: [['cniVersion', version], ...prevResult.entries] }
  return { ...explaining('could not parse prevResult', () => decodeResult(cniVersion, complete)), passedOn: true }
}
