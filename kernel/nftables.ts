/**
 * nftables: changes as one atomic transaction through nft(8), reading through netlink where nft would take seconds.
 * nft runs in the calling thread's namespaces; netlink questions can be put to any.
 */
import type { CommandResult, CommandRunner } from './command.ts'
import type { Namespace } from './namespace.ts'
import { type NftElement, type NftSetId, readGeneration, readSetElements } from './nftables-netlink.ts'

export type NftFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev'

/** One object of `nft -j`: `{ rule: {…} }`, `{ set: {…} }`, … @see libnftables-json(5) */
export type NftObject = Readonly<Record<string, unknown>>

export interface Nftables {
  /**
   * Carries out a whole script in one transaction with one process: everything or, when it throws, nothing.
   * @throws NftError with nft's own message, CommandError when nft is not installed or did not end
   */
  transaction(script: string): void
  /**
   * The same for a few commands as `nft -j` takes them, in which no name is ever parsed: for names that others choose.
   * @see libnftables-json(5)
   */
  transactionOf(commands: readonly NftObject[]): void
  /**
   * What `nft -j list table` shows, or undefined when there is no such table. Slow for big sets; `terse` leaves their elements out,
   * which elements() reads faster. @throws NftError, TypeError for what can be no table's name
   */
  listTable(family: NftFamily, name: string, options?: { readonly terse?: boolean }): NftObject[] | undefined
  /**
   * The ruleset's generation number in a namespace: one more after each transaction of anybody that changed anything.
   * Equal numbers prove that nothing was changed by a transaction in between; elements that timed out do not count. @throws KernelError
   */
  generation(namespace?: Namespace): number
  /** A set's elements by netlink dump: 10,000 in milliseconds. @throws KernelError ENOENT for an unknown table or set */
  elements(set: NftSetId, namespace?: Namespace): NftElement[]
}

/** nft repeats every line it complains about: ten thousand elements would make a message of megabytes. */
const MESSAGE_CHARACTERS = 2_000

/** nft refused a script or a listing. `code` is the kernel's errno name where nft's message tells it, else `ENFT`. */
export class NftError extends Error {
  override readonly name = 'NftError'
  readonly code: string
  /** @param said what nft wrote to standard error */
  constructor(operation: string, said: string) {
    super(`${operation}: ${said.trim().slice(0, MESSAGE_CHARACTERS)}`)
    this.code = codeOf(said)
  }
}

export const openNftables = (commands: CommandRunner): Nftables => ({
  transaction: (script) => assertDone(commands.run('nft', SCRIPT, script)),
  // Not by standard input: nft opens /dev/stdin again for JSON, which fails when it is a socket.
  transactionOf: (objects) => assertDone(commands.run('nft', ['-j', JSON.stringify({ nftables: objects })])),
  listTable: (family, name, options) => {
    const words = listWords(family, name, options)
    return listed(words, commands.run('nft', words))
  },
  generation: readGeneration,
  elements: readSetElements,
})

/** nft's parameters for a script on its standard input. */
export const SCRIPT = ['-f', '-'] as const

/** @throws NftError when nft refused */
export const assertDone = ({ status, stderr }: CommandResult): void => {
  if (status !== 0) throw new NftError('nft', stderr || `exit status ${status}`)
}

/** nft's parameters for a table as JSON. @throws TypeError */
export const listWords = (family: NftFamily, name: string, options?: { readonly terse?: boolean }): readonly string[] => {
  // nft joins its arguments with blanks and parses the result: a name is a place where commands could be smuggled in.
  if (!/^[a-zA-Z_][a-zA-Z0-9_.-]*$/.test(name)) throw new TypeError(`no nftables table name: ${JSON.stringify(name)}`)
  return ['-j', ...(options?.terse === true ? ['-t'] : []), 'list', 'table', family, name]
}

/** What nft answered to them; undefined when there is no such table. @throws NftError */
export const listed = (words: readonly string[], { status, stdout, stderr }: CommandResult): NftObject[] | undefined => {
  if (status === 0) return (JSON.parse(stdout) as { nftables: NftObject[] }).nftables
  const error = new NftError(`nft ${words.slice(1).join(' ')}`, stderr || `exit status ${status}`)
  if (error.code === 'ENOENT') return undefined
  throw error
}

/** strerror(3)'s texts, which nft prints in the C locale. */
const CODES: readonly (readonly [text: string, code: string])[] = [
  ['No such file or directory', 'ENOENT'],
  ['File exists', 'EEXIST'],
  ['Device or resource busy', 'EBUSY'],
  ['Operation not permitted', 'EPERM'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Invalid argument', 'EINVAL'],
  ['Cannot allocate memory', 'ENOMEM'],
  ['No buffer space available', 'ENOBUFS'],
  ['Numerical result out of range', 'ERANGE'],
]

/** `FILE:LINE:COLUMNS: Error: Could not process rule: TEXT`, `Error: TEXT; did you mean …`; quoted script lines are not looked at. */
const codeOf = (said: string): string => {
  const text = /\bError: (?:[^:;\n]*: )?([A-Z][^:;\n]*)(?:;|$)/m.exec(said)?.[1]
  return CODES.find(([known]) => known === text)?.[1] ?? 'ENFT'
}
