/** A namespace with both variants of iptables in it, whichever of them the machine's links lead to. */
import { type CommandRunner, openCommands } from '#kernel/command.ts'
import { type Iptables, openIptables } from '#kernel/iptables.ts'
import { inNamespace, type Namespace, openNamespace } from '#kernel/namespace.ts'
import { netfilterOf } from '#kernel/netlink/nfnetlink.ts'
import { type NftPresence, openNftPresence } from '#kernel/nftables-presence.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'

export type Variant = 'nft' | 'legacy'
export const VARIANTS: readonly Variant[] = ['nft', 'legacy']

export interface IptablesHost extends NetNamespace {
  readonly namespace: Namespace
  readonly commands: CommandRunner
  readonly presence: NftPresence
  readonly iptables: Iptables
  /** Rules and own chains of table nat, as this variant's iptables-save prints them. */
  natRules(family?: 4 | 6): string[]
  /** Runs `action` with the thread inside, where programs are started. */
  inside<T>(action: () => T): T
}

/** Programs of one variant: `iptables-restore` is `iptables-legacy-restore`. */
export const commandsOf = (variant: Variant): CommandRunner => {
  const commands = openCommands()
  const named = (program: string): string => program.replace(/^(ip6?tables)-/, `$1-${variant}-`)
  return { ...commands, run: (program, ...rest) => commands.run(named(program), ...rest), find: (program) => commands.find(named(program)) }
}

export const makeIptablesHost = (owner: Owner, variant: Variant): IptablesHost => {
  const made = makeNamespace(owner, 'iptables')
  const namespace = openNamespace(made.path)
  owner.teardown(() => namespace.close())
  const commands = commandsOf(variant)
  const presence = openNftPresence(netfilterOf(namespace))
  const iptables = openIptables(commands, presence)
  const inside = <T>(action: () => T): T => inNamespace(namespace, action)
  const natRules = (family: 4 | 6 = 4): string[] =>
    made
      .exec(`${family === 4 ? 'iptables' : 'ip6tables'}-${variant}-save`, '-t', 'nat')
      .split('\n')
      .filter((line) => /^(-A|:\S+ -)/.test(line))
      .map((line) => line.replace(/ \[\d+:\d+\]$/, ''))
  return { ...made, namespace, commands, presence, iptables, natRules, inside }
}
