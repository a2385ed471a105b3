/** The guest's side of fast-load.ts: a hook that takes packages and sources from the cache, and whatever is not there from its own place. */
import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/** This file is run as CACHE/sources/test-netns/vm/fast-load-hook.ts.mjs. */
const CACHE = new URL('../../../', import.meta.url)
const REPOSITORY = new URL('../../../', CACHE).href
const LIBRARIES = new URL('node_modules/', REPOSITORY).href

/** What fast-load.ts makes of node:http. */
const HTTP = new URL('packages/http.mjs', CACHE)

/** What the guest's Node needs to know of this repository is in the names of its files: asking package.json and links takes longer than loading them. */
const sourceOf = (url: string): URL | undefined =>
  url.startsWith(REPOSITORY) && !url.startsWith(LIBRARIES) && url.endsWith('.ts')
    ? new URL(`sources/${url.slice(REPOSITORY.length)}.mjs`, CACHE)
    : undefined

/** Where a module of ours that imports another of ours finds it; `#kernel/x.ts` is a path from the repository's root. */
const urlOf = (specifier: string, parent: string): string | undefined => {
  if (/^\.\.?\//.test(specifier)) return new URL(specifier, parent).href
  return /^#\w+\//.test(specifier) ? `${REPOSITORY}${specifier.slice(1)}` : undefined
}

/** What tap prints elements of React with: React itself, which nobody has here, would take as long to load as tap. */
const UNUSED = 'react-element-to-jsx-string'
const NOTHING = new URL('packages/nothing.cjs', CACHE)

const isThere = (url: URL | undefined): boolean => url !== undefined && existsSync(url)

registerHooks({
  resolve: (specifier, context, next) => {
    if (/^(node:)?http$/.test(specifier) && context.conditions.includes('import') && existsSync(HTTP))
      return { url: HTTP.href, format: 'module', shortCircuit: true }
    if (specifier === UNUSED && existsSync(NOTHING)) return { url: NOTHING.href, format: 'commonjs', shortCircuit: true }
    if (specifier.startsWith('node:')) return { url: specifier, format: 'builtin', shortCircuit: true }
    const { parentURL } = context
    if (parentURL === undefined || sourceOf(parentURL) === undefined) return next(specifier, context)
    const url = urlOf(specifier, parentURL)
    if (url !== undefined && isThere(sourceOf(url))) return { url, format: 'module', shortCircuit: true }
    const bundle = new URL(`packages/${specifier}.mjs`, CACHE)
    return /^[@a-z]/.test(specifier) && existsSync(bundle)
      ? { url: bundle.href, format: 'module', shortCircuit: true }
      : next(specifier, context)
  },
  load: (url, context, next) => {
    const source = sourceOf(url)
    return source !== undefined && isThere(source)
      ? { format: 'module', source: readFileSync(source), shortCircuit: true }
      : next(url, context)
  },
})
