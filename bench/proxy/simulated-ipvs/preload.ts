/** `node --import preload.ts selvedge.ts proxy …`: the proxy from its sources, on a kernel without IPVS. All but IPVS is real. */
import { registerHooks } from 'node:module'

/** What stands in the place of a module. */
const SIMULATED: Readonly<Record<string, string>> = { '#libc': './libc.ts', '#kernel/sysctl.ts': './sysctls.ts' }

registerHooks({
  resolve: (specifier, context, next) => {
    const file = SIMULATED[specifier]
    return next(file === undefined ? specifier : new URL(file, import.meta.url).href, context)
  },
})
