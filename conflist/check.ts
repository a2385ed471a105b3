/** Whether a value is a conflist that a runtime and the plugins will take. */
import * as v from 'valibot'
import { type Fault, illegal, pathOf } from './fault.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { CONFLIST, knownKeys } from './schema.ts'

/** Every fault of a would-be conflist; none = it is one, and then its `plugins` is a list of objects. */
export const checkConflist = (value: JsonValue): readonly Fault[] => {
  if (!isObject(value)) return [illegal({ path: '', value, legal: 'an object with "cniVersion", "name" and "plugins"' })]
  const shape = shapeFaults(value)
  const plugins = Array.isArray(value.plugins) ? value.plugins : []
  const rules = plugins.flatMap((plugin, index) => (isObject(plugin) ? pluginFaults(plugin, `plugins[${index}]`) : []))
  return [...misspelt({ object: value, keys: LIST_KEYS, path: '' }), ...shape, ...rules]
}

/** A JSON object, neither null nor a list. */
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The plugins of a checked conflist. */
export const pluginsOf = (conflist: JsonObject): readonly JsonObject[] =>
  Array.isArray(conflist.plugins) ? conflist.plugins.filter(isObject) : []

const LIST_KEYS = Object.keys(CONFLIST.entries)

const shapeFaults = (value: JsonObject): Fault[] => {
  const { issues = [] } = v.safeParse(CONFLIST, value)
  return issues.map(({ path, input, message }) =>
    illegal({ path: pathOf((path ?? []).map(({ key }) => key)), value: input, legal: message }),
  )
}

/** What no single field shows. */
const pluginFaults = (plugin: JsonObject, path: string): Fault[] => {
  const { ipam, type } = plugin
  const keys = knownKeys(type)
  const inIpam = isObject(ipam) ? misspelt({ object: ipam, keys: keys.ipam, path: `${path}.ipam` }) : []
  const rules = CONFLICTS.filter((conflict) => conflict.type === type && conflict.holds(plugin))
  return [
    ...misspelt({ object: plugin, keys: keys.plugin, path }),
    ...inIpam,
    ...rules.map(({ key, legal }) => illegal({ path: `${path}.${key}`, value: plugin[key], legal })),
  ]
}

interface Keys {
  readonly object: JsonObject
  readonly keys: readonly string[]
  readonly path: string
}

/** Go reads keys in any case, so `MTU` counts as `mtu` there: filling in a second one would leave it open which of them counts. */
const misspelt = ({ object, keys, path }: Keys): Fault[] =>
  Object.keys(object).flatMap((key) => {
    const meant = keys.find((known) => known !== key && known.toLowerCase() === key.toLowerCase())
    return meant === undefined ? [] : [{ path, problem: `the key ${JSON.stringify(key)} must be written "${meant}"` }]
  })

interface Conflict {
  readonly type: string
  readonly key: string
  readonly legal: string
  readonly holds: (plugin: JsonObject) => boolean
}

/** Pairs that the reference plugins refuse (reference/cni-plugins.md 2.1, 4.1). */
const CONFLICTS: readonly Conflict[] = [
  {
    type: 'bridge',
    key: 'promiscMode',
    legal: 'false, because hairpinMode is true',
    holds: ({ hairpinMode, promiscMode }) => hairpinMode === true && promiscMode === true,
  },
  {
    type: 'bridge',
    key: 'disableContainerInterface',
    legal: 'false, because there is an ipam',
    holds: ({ disableContainerInterface, ipam }) => disableContainerInterface === true && isObject(ipam) && Boolean(ipam.type),
  },
  {
    type: 'portmap',
    key: 'externalSetMarkChain',
    legal: 'nothing, because there is a markMasqBit',
    holds: ({ externalSetMarkChain, markMasqBit }) => typeof externalSetMarkChain === 'string' && typeof markMasqBit === 'number',
  },
]
