/**
 * iptables and ip6tables: reading a table and changing it in one transaction, by the installed programs, whichever variant they are
 * (nf_tables or legacy). Programs run in the calling thread's namespaces.
 */
import { readFileSync, realpathSync } from 'node:fs'
import type { Family } from '#net/address.ts'
import type { BegunCommand, CommandResult, CommandRunner } from './command.ts'
import { ignoring } from './errno.ts'
import type { NftChainId, NftPresence } from './nftables-presence.ts'

export interface Iptables {
  /** Why the family's programs cannot be used here, or undefined when they can. At most one process, in the usual cases none. */
  whyUnusable(family: Family): string | undefined
  /** Whether a chain is there, asked without a process; undefined when only `save` can tell. */
  hasChain(id: NftChainId): boolean | undefined
  /** A table, or all that are in use, as `iptables-save` prints them. @throws IptablesError, CommandError */
  save(family: Family, table?: string): string
  /**
   * Carries out a script in the syntax of `iptables-restore` with one process, without flushing what it does not name: per table all or
   * nothing. Waits for the lock of the legacy variant. @throws IptablesError, CommandError, TypeError for a line above 10,000 bytes
   */
  restore(family: Family, script: string): void
  /**
   * Says that a restore is about to come: where iptables is of nf_tables its program is started now and gets ready meanwhile, for the first one.
   * The legacy variant may hold its lock while it waits. Whoever says so must call `settle` at the end.
   */
  expectRestore(family: Family): void
  /** Says how the script of the expected restore will begin, whole lines: its program gets on with them, if it was started early. */
  announce(family: Family, beginning: string): void
  /** Ends programs that were started for nothing. */
  settle(): void
}

/** A program of iptables that did not exit with 0. */
export class IptablesError extends Error {
  override readonly name = 'IptablesError'
  /** EAGAIN when somebody else's change came in between (exit status 4, "resource problem"), else EIPTABLES. */
  readonly code: string
  constructor(commandLine: readonly string[], { status, stderr }: CommandResult) {
    super(`running [${commandLine.join(' ')}]: exit status ${status}: ${stderr.slice(0, MESSAGE_CHARACTERS)}`)
    this.code = status === RESOURCE_PROBLEM ? 'EAGAIN' : 'EIPTABLES'
  }
}

const RESOURCE_PROBLEM = 4
/** Programs may repeat what they were given. */
const MESSAGE_CHARACTERS = 2_000
/** Longer lines are read as several (the program's buffer has 10,240 bytes): a word behind that could become a command. */
const LINE_BYTES = 10_000

const RESTORING = ['--noflush', '--wait'] as const
/** A program that was started early takes at most 64 KiB; no character is of more than 3 bytes. */
const EARLY_CHARACTERS = 20_000

const PREFIX = { 4: 'iptables', 6: 'ip6tables' } as const
/** The files in which the kernel lists the legacy variant's loaded tables, one a line; absent without that variant. */
const LEGACY_TABLES = { 4: '/proc/thread-self/net/ip_tables_names', 6: '/proc/thread-self/net/ip6_tables_names' } as const

/** A program that was started early, and what it has read. Without COMMIT at its end that changes nothing. */
interface Expected {
  readonly begun: BegunCommand
  readonly fed: string
}

export const openIptables = (commands: CommandRunner, presence: NftPresence): Iptables => {
  const run = (program: string, parameters: readonly string[], input?: string): CommandResult =>
    checked(program, parameters, commands.run(program, parameters, input))
  const checked = (program: string, parameters: readonly string[], result: CommandResult): CommandResult => {
    if (result.status !== 0) throw new IptablesError([commands.find(program) ?? program, ...parameters], result)
    return result
  }
  const expected = new Map<Family, Expected>()
  // Asked a dozen times in one call: a program is not replaced by another one meanwhile.
  const variants = new Map<Family, Variant>()
  const variantOf = (family: Family): Variant => {
    const variant = variants.get(family) ?? observeVariant(commands, family)
    variants.set(family, variant)
    return variant
  }
  const save = (family: Family, table?: string): string => run(`${PREFIX[family]}-save`, table === undefined ? [] : ['-t', table]).stdout
  return {
    whyUnusable: (family) => {
      const variant = variantOf(family)
      if (variant === 'nf_tables' && presence.available()) return undefined
      if (variant === 'legacy' && legacyTables(family) !== undefined) return undefined
      return failureOf(() => save(family, PROBED_TABLE))
    },
    hasChain: (id) => {
      const variant = variantOf(id.family)
      if (variant === 'nf_tables' || variant === 'absent') return presence.hasChain(id)
      // A legacy table that was never loaded has no chains of anybody.
      return variant === 'legacy' && legacyTables(id.family)?.includes(id.table) !== true ? false : undefined
    },
    save,
    restore: (family, script) => {
      refuseLongLines(script)
      const ready = expected.get(family)
      if (ready === undefined || script.length >= EARLY_CHARACTERS || !script.startsWith(ready.fed)) {
        run(`${PREFIX[family]}-restore`, RESTORING, script)
        return
      }
      expected.delete(family)
      checked(`${PREFIX[family]}-restore`, RESTORING, ready.begun.finish(script.slice(ready.fed.length)))
    },
    expectRestore: (family) => {
      if (variantOf(family) !== 'nf_tables' || expected.has(family)) return
      const begun = ignoring(['ENOENT', 'EACCES', 'EAGAIN', 'ENOMEM', 'EMFILE'], () =>
        commands.begin?.(`${PREFIX[family]}-restore`, RESTORING),
      )
      if (begun !== undefined) expected.set(family, { begun, fed: '' })
    },
    announce: (family, beginning) => {
      const ready = expected.get(family)
      if (ready === undefined || ready.fed !== '' || beginning.length >= EARLY_CHARACTERS) return
      ready.begun.feed(beginning)
      expected.set(family, { ...ready, fed: beginning })
    },
    settle: () => {
      for (const [family, { begun }] of expected) {
        expected.delete(family)
        begun.finish('')
      }
    },
  }
}

const refuseLongLines = (script: string): void => {
  const long = script.split('\n').find((line) => Buffer.byteLength(line) > LINE_BYTES)
  if (long !== undefined) throw new TypeError(`a line of ${Buffer.byteLength(long)} bytes for iptables-restore: ${long.slice(0, 100)}…`)
}

/** Nobody who uses iptables here can do without it. */
const PROBED_TABLE = 'nat'

const failureOf = (action: () => unknown): string | undefined => {
  try {
    action()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The tables of the legacy variant that are in use in this namespace; undefined while the kernel does not have (or need) it. */
const legacyTables = (family: Family): string[] | undefined =>
  ignoring(['ENOENT'], () => readFileSync(LEGACY_TABLES[family], 'utf8'))?.split('\n')

type Variant = 'nf_tables' | 'legacy' | 'unknown' | 'absent'

/** What the program is, by the file behind its symbolic links: xtables-nft-multi, xtables-legacy-multi, or a wrapper script. */
const observeVariant = (commands: CommandRunner, family: Family): Variant => {
  const path = commands.find(`${PREFIX[family]}-restore`)
  if (path === undefined) return 'absent'
  const file = realpathSync(path)
  if (file.endsWith('/xtables-nft-multi')) return 'nf_tables'
  return file.endsWith('/xtables-legacy-multi') ? 'legacy' : 'unknown'
}
