/** What may come out of a call, whatever went in. */
import type { FuzzRequest } from './requests.ts'

export interface FuzzOutcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What only a mistake of ours can be the reason of. */
const INTERNAL =
  /\n\s+at .*:\d+|is not a function|is not iterable|is not defined|Cannot (?:read properties|access|mix|destructure|convert (?:undefined|a|object))|undefined is not|null is not|\[object |Maximum call stack|is not an object|Invalid array length|Out of memory|not simulated|is not loaded/

/** What is wrong with an outcome, in a sentence; undefined when nothing is. */
export const complaintAbout = (command: string | undefined, { exitCode, stdout, stderr }: FuzzOutcome): string | undefined => {
  if (INTERNAL.test(stdout) || INTERNAL.test(stderr)) return 'an internal error shows'
  if (exitCode !== 0 && exitCode !== 1) return `ended with ${exitCode}`
  // Without a command the about text goes to standard error.
  if (!command) return exitCode === 0 && stdout === '' ? undefined : 'something else than the about text'
  if (exitCode === 1) return isError(lastDocument(stdout)) ? undefined : 'a failure without an error object'
  if (command !== 'ADD' && command !== 'VERSION') return stdout === '' ? undefined : `${command} printed something`
  const result = parsed(stdout)
  return typeof result === 'object' && result !== null && 'cniVersion' in result ? undefined : 'no result'
}

/** A call and what came of it as one line of ASCII, cut where it gets long. */
export const describe = ({ plugin, env, stdin }: FuzzRequest, outcome: unknown): string =>
  [plugin, env, Buffer.from(stdin).toString(), outcome instanceof Error ? outcome.stack : outcome]
    .map((part) =>
      JSON.stringify(part)
        .replaceAll(/[^ -~]/g, '?')
        .slice(0, 2000),
    )
    .join(' ')

/** An ADD in the plugin's own namespace prints its result first, as in the reference. */
const lastDocument = (stdout: string): unknown => parsed(stdout.slice(stdout.lastIndexOf('}{') + 1))

const isError = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('msg' in value)) return false
  return Number.isInteger(value.code) && typeof value.msg === 'string' && value.msg !== ''
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
