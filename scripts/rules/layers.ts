/** Which layer a file belongs to, and what each layer may import. design.md, section 2. */

/** `plugin NAME` is one CNI plugin; `cni` what the executable adds around them; `root` composes; `tooling` (tests, scripts, benchmarks) may import everything. */
export type Layer =
  | 'net'
  | 'kernel'
  | 'cni/protocol'
  | 'cni'
  | `plugin ${string}`
  | 'flags'
  | 'conflist'
  | 'proxy'
  | 'doctor'
  | 'root'
  | 'tooling'

const PLUGINS = ['bridge', 'host-local', 'loopback', 'portmap']

const OTHERS = ['net', 'kernel', 'flags', 'conflist', 'proxy', 'doctor'] as const

/** The layer of a file, by its folder; undefined for a folder that nobody has given a place. */
export const layerOf = (path: string): Layer | undefined => {
  const [first = '', second = ''] = path.split('/')
  if (['scripts', 'test-netns', 'bench'].includes(first) || path === 'rules.test.ts') return 'tooling'
  if (!path.includes('/') || path === 'cni/main.ts' || path.startsWith('cni/programs/')) return 'root'
  if (first === 'cni') return second === 'protocol' ? 'cni/protocol' : PLUGINS.includes(second) ? `plugin ${second}` : 'cni'
  return OTHERS.find((layer) => layer === first)
}

/** Arrows point from a layer to what it may import; every layer may import itself. */
const ARROWS: Readonly<Record<string, readonly Layer[]>> = {
  net: [],
  flags: ['net'],
  kernel: ['net'],
  'cni/protocol': ['net'],
  plugin: ['net', 'kernel', 'cni/protocol'],
  cni: ['net', 'kernel', 'cni/protocol'],
  conflist: ['net', 'kernel', 'flags'],
  proxy: ['net', 'kernel', 'flags'],
  // It looks at what the installer and the proxy need, with their own eyes.
  doctor: ['net', 'kernel', 'flags', 'conflist', 'proxy'],
}

/** Whether a file of one layer may import one of another. */
export const mayImport = (from: Layer, to: Layer): boolean => {
  if (from === to || from === 'root' || from === 'tooling') return true
  return ARROWS[from.startsWith('plugin ') ? 'plugin' : from]?.includes(to) === true
}
