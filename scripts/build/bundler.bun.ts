/** What is used here of Bun's global. bun-types cannot be referred to: its globals would replace Node's in the whole project. */
export interface Bundler {
  build(options: object): Promise<{ readonly outputs: readonly Output[] }>
}

interface Output {
  text(): Promise<string>
}

/** The first plugin that loads a file is the only one. */
export interface PluginBuilder {
  onLoad(on: { readonly filter: RegExp }, load: (asked: { readonly path: string }) => Loaded | undefined): void
}

export interface Loaded {
  readonly contents: string
  readonly loader: 'ts' | 'js'
}

export interface BundlerPlugin {
  readonly name: string
  setup(build: PluginBuilder): void
}
