/**
 * nftables: changes as one atomic transaction through nft(8), reading through netlink where nft would take seconds.
 * nft runs in the calling thread's namespaces; netlink questions can be put to any.
 */
import type { CommandRunner } from './command.ts'
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
   * What `nft -j list table` shows, or undefined when there is no such table. Slow for big sets: 10,000 elements take 13 s, unless
   * `terse` leaves the elements out. @throws NftError
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

/** nft refused a script or a listing. `code` is the kernel's errno name where nft's message tells it, else `ENFT`. */
export class NftError extends Error {
  override readonly name = 'NftError'
  readonly code: string
  constructor(message: string) {
    super(message)
    this.code = codeOf(message)
  }
}

export const openNftables = (commands: CommandRunner): Nftables => ({
  transaction: (script) => {
    const { status, stderr } = commands.run('nft', ['-f', '-'], script)
    if (status !== 0) throw new NftError(`nft: ${stderr.trim() || `exit status ${status}`}`)
  },
  listTable: (family, name, options) => listTable(commands, { family, name, terse: options?.terse === true }),
  generation: readGeneration,
  elements: readSetElements,
})

const listTable = (commands: CommandRunner, asked: { family: NftFamily; name: string; terse: boolean }): NftObject[] | undefined => {
  const { family, name, terse } = asked
  // nft joins its arguments with blanks and parses the result: a name is a place where commands could be smuggled in.
  if (!/^[a-zA-Z_][a-zA-Z0-9_.-]*$/.test(name)) throw new TypeError(`no nftables table name: ${JSON.stringify(name)}`)
  const { status, stdout, stderr } = commands.run('nft', ['-j', ...(terse ? ['-t'] : []), 'list', 'table', family, name])
  if (status === 0) return (JSON.parse(stdout) as { nftables: NftObject[] }).nftables
  const error = new NftError(`nft list table ${family} ${name}: ${stderr.trim()}`)
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

const codeOf = (message: string): string => CODES.find(([text]) => message.includes(text))?.[1] ?? 'ENFT'
