/** Which program a call needs. No plugin's code is asked: nothing is loaded yet. */

export const PLUGINS = ['bridge', 'host-local', 'portmap', 'loopback'] as const

export type PluginName = (typeof PLUGINS)[number]

const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS']

/** @param argv0 the first word of the command line @returns the plugin whose verb it is, `none` where no plugin is to act */
export const programOf = (argv0: string, command: string | undefined): PluginName | 'none' => {
  if (command === undefined || !VERBS.includes(command)) return 'none'
  const name = argv0.slice(argv0.lastIndexOf('/') + 1)
  return PLUGINS.find((each) => each === name) ?? 'none'
}
