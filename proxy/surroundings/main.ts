/** The composition root of the surroundings: opens what they need of the kernel and the node. */
import fs from 'node:fs'
import type { CommandRunner } from '#kernel/command.ts'
import { openLegacyFilter } from '#kernel/iptables-legacy.ts'
import type { Nftables } from '#kernel/nftables.ts'
import { readBaseChains } from '#kernel/nftables-base-chains.ts'
import { isOwnedTable } from '#kernel/nftables-owner.ts'
import { openNftRules } from '#kernel/nftables-rules.ts'
import { readVerdicts } from '#kernel/nftables-verdicts.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { openSysctls, type Sysctls } from '#kernel/sysctl.ts'
import type { Log } from '../log.ts'
import type { NodeFacts } from '../node-view.ts'
import { createForeignFilters, type ForeignFilters } from './foreign-filters.ts'
import { otherNodes } from './other-nodes.ts'
import type { PortRange } from './port-ranges.ts'
import { createChangeRecord, notingSysctls } from './record.ts'
import { type NodeRecord, openRecordFile } from './record-file.ts'
import { createSurroundings, type Surroundings } from './surroundings.ts'

export interface SurroundingsRun {
  readonly commands: CommandRunner
  readonly nftables: Nftables
  readonly nodePorts: PortRange
  readonly log: Log
}

/** The surroundings of this node, and its kernel parameters, whose changes are noted. */
export const openSurroundings = (run: SurroundingsRun): { readonly surroundings: Surroundings; readonly sysctls: Sysctls } => {
  const { commands, nftables, nodePorts, log } = run
  const record = createChangeRecord(openNodeRecord(), (failure) =>
    log.warn('cannot note what is changed on this node; selvedge cleanup will not restore it', { failure }),
  )
  const sysctls = notingSysctls(openSysctls(), record)
  return { sysctls, surroundings: createSurroundings({ filters: openForeignFilters(commands, nftables), sysctls, record, nodePorts, log }) }
}

export const openForeignFilters = (commands: CommandRunner, nftables: Pick<Nftables, 'transactionOf'>): ForeignFilters =>
  createForeignFilters({
    nftables,
    baseChains: readBaseChains,
    rulesOf: readVerdicts,
    isOwned: isOwnedTable,
    removeRules: openNftRules().remove,
    legacy: openLegacyFilter(commands),
  })

/** The record of changes in this network namespace. */
export const openNodeRecord = (): NodeRecord => openRecordFile(fs)

const TABLE_MAIN = 254

/** What the machine itself tells of its addresses, and of those of others, now. */
export const readMachineFacts = (
  rtnetlink: Pick<Rtnetlink, 'links' | 'routes' | 'forwardings' | 'addresses'>,
): Pick<NodeFacts, 'links' | 'addresses' | 'otherNodes'> => {
  const addresses = rtnetlink.addresses()
  const others = otherNodes({ routes: rtnetlink.routes({ table: TABLE_MAIN }), forwardings: rtnetlink.forwardings(), addresses })
  return { links: rtnetlink.links(), addresses, otherNodes: others }
}
