/** The guest's side of fast-load.ts: a hook that takes packages and sources from the cache, and whatever is not there from its own place. */
import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/** This file is run as CACHE/sources/test-netns/vm/fast-load-hook.ts.mjs. */
const CACHE = new URL('../../../', import.meta.url)
const REPOSITORY = new URL('../../../', CACHE).href
const LIBRARIES = new URL('node_modules/', REPOSITORY).href

/** What fast-load.ts makes of node:http. */
const HTTP = new URL('packages/http.mjs', CACHE)

/** Whether a module is one of the repository's own, not of a package's. */
const isOurs = (url: string): boolean => url.startsWith(REPOSITORY) && !url.startsWith(LIBRARIES)

registerHooks({
  resolve: (specifier, context, next) => {
    if (/^(node:)?http$/.test(specifier) && context.conditions.includes('import') && existsSync(HTTP))
      return { url: HTTP.href, format: 'module', shortCircuit: true }
    const bundle = new URL(`packages/${specifier}.mjs`, CACHE)
    const ours = context.parentURL !== undefined && isOurs(context.parentURL)
    return ours && /^[@a-z]/.test(specifier) && existsSync(bundle)
      ? { url: bundle.href, format: 'module', shortCircuit: true }
      : next(specifier, context)
  },
  load: (url, context, next) => {
    const stripped = isOurs(url) && url.endsWith('.ts') ? new URL(`sources/${url.slice(REPOSITORY.length)}.mjs`, CACHE) : undefined
    return stripped !== undefined && existsSync(stripped)
      ? { format: 'module', source: readFileSync(stripped), shortCircuit: true }
      : next(url, context)
  },
})
