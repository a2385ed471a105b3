/** What every Service stands on: the dummy link that VIP routes point to, the sysctls, and the table's rules. */
import type { Heard, News } from '#kernel/netlink/news.ts'
import type { ElementsChange } from '#kernel/nftables-elements.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import type { Steps } from '../services/steps.ts'
import type { Disturbance } from '../services/table-watch.ts'
import { ensureSettings } from '../surroundings/settings.ts'
import type { TableConfig } from './rules.ts'
import { createTables, type TablesEdges } from './tables.ts'

/** kube-router's name for it, so that a node that changes over keeps one link. */
export const DUMMY_LINK = 'kube-dummy-if'

export interface BaseEdges extends TablesEdges {
  readonly rtnetlink: Rtnetlink
  readonly sysctls: Sysctls
  /** What happened to links, addresses and routes of ours since it was last asked. Without it, the kernel is asked about our link each time. */
  readonly news?: Pick<News, 'heard'>
}

export interface Base {
  /** Makes it so; true when something had to be changed. @throws at any step, when the kernel refuses */
  ensure(config: TableConfig): Steps<boolean>
  /** A transaction of our own on the table's sets: it is not mistaken for somebody else's. @throws KernelError */
  changeElements(changes: readonly ElementsChange[]): void
  /** What others did since we last looked or wrote: one netlink question, as long as nothing is heard of our link. @throws KernelError */
  disturbance(): Disturbance
  /** The VIP routes are read now. */
  looked(): void
  /** Index of the dummy link; known after `ensure`. */
  readonly dummy: number
}

export const createBase = (edges: BaseEdges): Base => {
  const { rtnetlink, sysctls, news } = edges
  let dummy = 0
  /** The link was up, and has not changed since. */
  let knownUp = false
  /** Since the VIP routes were read something happened that takes routes away, or their sources. */
  let routesDoubtful = false
  /** The link was made anew, and the routes that it had were not looked for since: a link that is there again hides that. */
  let routesLost = false
  const tables = createTables(edges)

  const ensureLink = (): boolean => {
    const settings = ensureSettings(sysctls)
    const link = ensureDummy(rtnetlink)
    routesLost ||= link.changed && dummy !== 0
    knownUp &&= link.index === dummy && !link.changed
    dummy = link.index
    return settings || link.changed
  }

  const listen = ({ missed, links, addresses, routes }: Heard): void => {
    const linkChanged = missed || links.has(dummy)
    knownUp &&= !linkChanged
    routesDoubtful ||= linkChanged || addresses || routes
  }

  /** What happened to routes until now needs no second look; what happened to addresses does, for these may have been read before. */
  const looked = (): void => {
    routesLost = false
    if (news === undefined) return
    const heard = news.heard()
    listen(heard)
    routesDoubtful = heard.missed || heard.addresses
  }

  const isUp = (): boolean => {
    // Heard before the kernel is asked: what happens in between is heard the next time.
    if (news === undefined) knownUp = false
    else listen(news.heard())
    knownUp ||= rtnetlink.linkByIndex(dummy)?.up === true
    return knownUp
  }

  return {
    *ensure(config) {
      const changed = ensureLink()
      return (yield* tables.ensure(config)) || changed
    },
    changeElements: tables.changeElements,
    disturbance: () => {
      if (!isUp() || routesLost) return 'link'
      if (routesDoubtful) return 'routes'
      return tables.disturbed() ? 'ruleset' : 'none'
    },
    looked,
    get dummy() {
      return dummy
    },
  }
}

const ensureDummy = (rtnetlink: Rtnetlink): { index: number; changed: boolean } => {
  const present = rtnetlink.link(DUMMY_LINK)
  if (present?.up) return { index: present.index, changed: false }
  if (present === undefined) rtnetlink.addLink({ kind: 'dummy', name: DUMMY_LINK })
  const link = present ?? rtnetlink.link(DUMMY_LINK)
  if (link === undefined) throw new Error(`${DUMMY_LINK} vanished while it was made`)
  rtnetlink.changeLink(link.index, { up: true })
  return { index: link.index, changed: true }
}
