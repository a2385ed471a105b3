/** The composition root of what another proxy left on this node. */
import type { CommandRunner } from '#kernel/command.ts'
import { openLegacyFilter } from '#kernel/iptables-legacy.ts'
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import { openNftRules } from '#kernel/nftables-rules.ts'
import { readVerdicts } from '#kernel/nftables-verdicts.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { PortRange } from '../surroundings/port-ranges.ts'
import { inheritedFrom } from './inheritance.ts'
import { leftoverLinks } from './leftover-links.ts'
import type { TakeOverEdges } from './take-over.ts'

export interface Predecessors {
  /** Which virtual servers another proxy left, at the time of the call. @throws KernelError */
  readonly inherited: () => (server: VirtualServerId) => boolean
  readonly takeOverEdges: TakeOverEdges
}

export const openPredecessors = ({
  commands,
  rtnetlink,
  nodePorts,
}: {
  readonly commands: CommandRunner
  readonly rtnetlink: Rtnetlink
  /** `--service-node-port-range` */
  readonly nodePorts: PortRange
}): Predecessors => ({
  inherited: () => {
    const left = leftoverLinks(rtnetlink)
    if (left.length === 0) return () => false
    const links = new Set(left.map(({ link }) => link.index))
    const addresses = rtnetlink.addresses().filter(({ link }) => !links.has(link))
    return inheritedFrom({
      vips: left.flatMap(({ vips }) => vips.map(({ address }) => address)),
      addresses: addresses.map(({ address }) => address),
      nodePorts,
    })
  },
  takeOverEdges: { rtnetlink, rulesOf: readVerdicts, removeRules: openNftRules().remove, legacy: openLegacyFilter(commands) },
})
