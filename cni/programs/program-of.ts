/** Which program a call needs. No plugin's code is asked: nothing is loaded yet. */
import { pluginName } from '../protocol/plugin-name.ts'

export const PLUGINS = ['bridge', 'host-local', 'portmap', 'loopback'] as const

export type PluginName = (typeof PLUGINS)[number]

const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS']

/** @param argv0 the first word of the command line @returns the plugin whose verb it is, `none` where no plugin is to act */
export const programOf = (argv0: string, command: string | undefined): PluginName | 'none' => {
  if (command === undefined || !VERBS.includes(command)) return 'none'
  const name = pluginName(argv0)
  return isPlugin(name) ? name : 'none'
}

/** Not by a callback: Array.prototype.find would be compiled from its source here (cni/quick-builtins.ts is loaded later), in 0.15 ms. */
const isPlugin = (name: string): name is PluginName => (PLUGINS as readonly string[]).includes(name)
