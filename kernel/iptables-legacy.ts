/**
 * Tables of legacy iptables, whichever variant `iptables` itself is: both may hold rules on one node, and packets meet both. The kernel
 * loads the table with the first rule or policy that somebody sets; until then nothing is started here.
 */
import { readFileSync, realpathSync } from 'node:fs'
import type { Family } from '#net/address.ts'
import type { CommandRunner } from './command.ts'
import { ignoring } from './errno.ts'
import { IptablesError } from './iptables.ts'

export interface LegacyFilter {
  /**
   * A table (filter, if none is named) as `iptables-legacy-save` prints it; undefined when it is not loaded in this namespace, which is known without a process.
   * @throws IptablesError, CommandError ENOENT when there are rules and no program to read them
   */
  save(family: Family, table?: 'filter' | 'nat'): string | undefined
  /** Carries out a script for `iptables-restore --noflush`: all of it or nothing. @throws IptablesError, CommandError */
  restore(family: Family, script: string): void
}

const PREFIX = { 4: 'iptables', 6: 'ip6tables' } as const
const LOADED_TABLES = { 4: '/proc/thread-self/net/ip_tables_names', 6: '/proc/thread-self/net/ip6_tables_names' } as const

/** In the calling thread's namespaces. */
export const openLegacyFilter = (commands: CommandRunner): LegacyFilter => {
  const run = (program: string, parameters: readonly string[], input?: string): string => {
    const name = legacyName(commands, program)
    const result = commands.run(name, parameters, input)
    if (result.status !== 0) throw new IptablesError([name, ...parameters], result)
    return result.stdout
  }
  return {
    save: (family, table = 'filter') => (isLoaded(family, table) ? run(`${PREFIX[family]}-save`, ['-t', table]) : undefined),
    restore: (family, script) => void run(`${PREFIX[family]}-restore`, ['--noflush', '--wait'], script),
  }
}

const isLoaded = (family: Family, table: string): boolean =>
  ignoring(['ENOENT'], () => readFileSync(LOADED_TABLES[family], 'utf8'))
    ?.split('\n')
    .includes(table) === true

/** `iptables-save` where it is the legacy program, which older systems have under no other name; else `iptables-legacy-save`. */
const legacyName = (commands: CommandRunner, program: string): string => {
  const path = commands.find(program)
  if (path !== undefined && realpathSync(path).endsWith('/xtables-legacy-multi')) return program
  return program.replace('-', '-legacy-')
}
