import { eraseNames } from './erase-names.ts'

/**
 * Environment variables that make a compiled executable something else than it is: `BUN_BE_BUN=1` turns it into the `bun` command,
 * `BUN_OPTIONS=--preload=FILE` runs code of the caller's choice, the BUN_INSPECT family opens a debugger, the BUN_BYTECODE family writes to
 * files, JSC_SIGNAL_FOR_GC and SIMDUTF_FORCE_IMPLEMENTATION end the process. Bun 1.4 has no switch for them, and these executables run as root.
 */
const VARIABLES = ['BUN_BE_BUN', 'BUN_OPTIONS', 'BUN_INSPECT', 'BUN_BYTECODE_', 'JSC_SIGNAL_FOR_GC'] as const

/** Where there is one implementation only, as on arm64, nobody asks which. */
const VARIABLES_OF: Readonly<Record<string, readonly string[]>> = { x64: [...VARIABLES, 'SIMDUTF_FORCE_IMPLEMENTATION'] }

/** A copy of `executable` whose runtime does not know those variables. @param architecture as in process.arch @throws Error as eraseNames */
export const disableEnvironment = (executable: Buffer, architecture: string): Buffer =>
  eraseNames(executable, VARIABLES_OF[architecture] ?? VARIABLES)
