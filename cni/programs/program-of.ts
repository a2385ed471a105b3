/** Which program a call needs. No plugin's code is asked: nothing is loaded yet. */
import { pluginName } from '../protocol/plugin-name.ts'

export const PLUGINS = ['bridge', 'host-local', 'portmap', 'loopback'] as const

export type PluginName = (typeof PLUGINS)[number]

const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS']

/** @param argv0 the first word of the command line @returns the plugin whose verb it is, `none` where no plugin is to act */
export const programOf = (argv0: string, command: string | undefined): PluginName | 'none' => {
  if (command === undefined || !VERBS.includes(command)) return 'none'
  const name = pluginName(argv0)
  return PLUGINS.find((each) => each === name) ?? 'none'
}
