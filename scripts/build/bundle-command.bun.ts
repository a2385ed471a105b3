/** `bun bundle-command.bun.ts ENTRY FOLDER`: the bundle of the command. Run by Bun, because only `Bun.build` takes plugins. */
import process from 'node:process'

/** What is used here of Bun's global. bun-types cannot be referred to: its globals would replace Node's in the whole project. */
declare const Bun: { build(options: object): Promise<unknown> }

interface Resolving {
  readonly path: string
  readonly importer: string
}

interface PluginBuilder {
  onResolve(on: { filter: RegExp }, resolve: (asked: Resolving) => object | undefined): void
  onLoad(on: { filter: RegExp; namespace: string }, load: (asked: { readonly path: string }) => object): void
}

/**
 * What client-node's configuration imports and only its API classes and fetch dispatchers use, which are most of its code: 700 models of
 * Kubernetes' objects and an HTTP client. Ours asks with node:https. Leaving them out halves the time and the memory of a start.
 */
const UNUSED: ReadonlyMap<string, readonly string[]> = new Map([
  ['./gen/index.js', ['createConfiguration', 'ServerConfiguration']],
  ['./middleware.js', ['setHeaderMiddleware']],
  ['undici', ['Agent', 'ProxyAgent']],
])
const IMPORTER = /@kubernetes\/client-node\/dist\/config\.js$/

/**
 * An import of node:http reads all that it exports, and one of those loads Node's own fetch: three quarters of the time that a start takes.
 * Taken as an object nothing of it is read before it is used.
 */
const HTTP = /^(node:)?http$/

const setup = (build: PluginBuilder): void => {
  build.onResolve({ filter: HTTP }, ({ path }) => ({ path, namespace: 'taken' }))
  build.onLoad({ filter: HTTP, namespace: 'taken' }, () => ({
    contents: "module.exports = process.getBuiltinModule('node:http')\n",
    loader: 'js',
  }))
  build.onResolve({ filter: /./ }, ({ path, importer }) =>
    UNUSED.has(path) && IMPORTER.test(importer) ? { path, namespace: 'unused' } : undefined,
  )
  build.onLoad({ filter: /./, namespace: 'unused' }, ({ path }) => ({
    contents: UNUSED.get(path)
      ?.map((name) => absent(path, name))
      .join(''),
    loader: 'js',
  }))
}

/** A function or class of that name which says why it is not here, should it be needed after all. */
const absent = (specifier: string, name: string): string =>
  `export function ${name}() { throw new Error('${name} of ${specifier} is left out of this bundle: see scripts/build') }\n`

const [entry = '', folder = ''] = process.argv.slice(2)
await Bun.build({
  entrypoints: [entry],
  outdir: folder,
  target: 'node',
  format: 'esm',
  splitting: true,
  naming: { chunk: '[name]-[hash].[ext]' },
  // It brings a native library, which stays where npm put it.
  external: ['koffi'],
  plugins: [{ name: 'unused parts of client-node, and http', setup }],
})
