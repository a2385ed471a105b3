/** The plugin that a command line's first word names: its last path component. */
export const pluginName = (argv0: string): string => argv0.slice(argv0.lastIndexOf('/') + 1)
