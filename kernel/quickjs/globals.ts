/** What the programs expect of Node beside modules: `Buffer` and `process`. */
import { SlimBuffer } from './buffer.ts'
import type { Native } from './native.ts'

declare const native: Native

/** The first of two variables of one name counts, as for getenv(3) and for Go. */
const environment = (): Record<string, string> => {
  const variables: Record<string, string> = Object.create(null)
  for (const variable of native.environment()) {
    const end = variable.indexOf('=')
    if (end > 0) variables[variable.slice(0, end)] ??= variable.slice(end + 1)
  }
  return variables
}

const process = { argv0: native.arguments()[0] ?? '', env: environment(), exit: native.exit }

Object.assign(globalThis, { Buffer: SlimBuffer, process })
