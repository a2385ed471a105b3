/** The proxy's own loop over this namespace's real kernel, fed with events by hand; everything it does is counted. */
import { setTimeout as after } from 'node:timers/promises'
import { inBackground } from '#kernel/background-command.ts'
import { openBackgroundNft } from '#kernel/background-nft.ts'
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { observeIpvs, observingIpvs } from '#kernel/ipvs/observe.ts'
import { openIpvs } from '#kernel/ipvs/open.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openNftShapes } from '#kernel/nftables-shape.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { createDataPlane } from '../../proxy/dataplane/plane.ts'
import { breathe } from '../../proxy/engine/breathe.ts'
import { openLog } from '../../proxy/log.ts'
import { createMetrics } from '../../proxy/metrics/metrics.ts'
import { createCluster } from '../../proxy/services/cluster.ts'
import type { Controller, Observer } from '../../proxy/services/contract.ts'
import { createController } from '../../proxy/services/controller.ts'
import { nodeViewOf } from '../../proxy/services/desired.ts'
import { createReport } from '../../proxy/services/report.ts'
import { POD_NETWORK } from './workload.ts'

/** What was asked of the kernel so far. */
export interface Cost {
  readonly messages: number
  readonly processes: number
  /** Operations that changed the kernel, or tried to. */
  readonly writes: number
}

export interface MeasuredLoop {
  readonly controller: Controller
  cost(): Cost
  /** Milliseconds (of performance.now) when the last round was acknowledged. */
  lastRound(): number
  /** Starts the next audit now. */
  audit(): void
  /** Resolves when nothing is waiting any more. */
  idle(): Promise<void>
  close(): void
}

/** Audits come when they are asked for: at other times they would disturb what is measured. */
const NEVER = 2 ** 31 - 1

/** @throws Error as soon as the kernel refuses something: then nothing that is measured means anything */
export const openLoop = (): MeasuredLoop => {
  const commands = openCommands()
  const [ipvs, rtnetlink, nftables] = [openIpvs(undefined, commands), openRtnetlink(), openNftables(commands)]
  const elements = openElementWriter()
  const edges = {
    nftables,
    backgroundNft: openBackgroundNft(inBackground(commands)),
    shapes: openNftShapes(),
    elements,
    ipvs,
    rtnetlink,
    sysctls: openSysctls(),
    observeIpvs: () => observeIpvs(ipvs),
    observingIpvs: () => observingIpvs(ipvs),
    conntrack: openConntrack(),
  }
  const plane = createDataPlane(edges, () => ({
    ping: true,
    masqueradePorts: { first: 32_768, last: 65_535 },
    masqueradeAll: false,
    inside: [POD_NETWORK],
    own: [POD_NETWORK],
  }))
  const counted = { writes: 0, lastRound: 0, deferred: 0 }
  let nextAudit = (): void => {}
  const controller = createController({
    cluster: createCluster(),
    plane,
    scheduler: {
      now: () => performance.now(),
      date: Date.now,
      defer: (action) => {
        counted.deferred += 1
        breathe(() => {
          counted.deferred -= 1
          action()
        })
      },
      after: (milliseconds, action) => {
        if (milliseconds === NEVER) {
          nextAudit = action
          return () => {}
        }
        const timer = setTimeout(action, milliseconds)
        return () => clearTimeout(timer)
      },
    },
    auditPeriod: NEVER,
    viewOf: nodeViewOf,
    spares: () => false,
    observer: counting(counted),
  })
  return {
    controller,
    cost: () => ({
      messages: elements.counters.messages + ipvs.counters.messages + rtnetlink.counters.messages,
      processes: commands.counters.started,
      writes: counted.writes,
    }),
    lastRound: () => counted.lastRound,
    audit: () => nextAudit(),
    idle: () => untilIdle(controller, counted),
    close: () => {
      controller.stop()
      elements.close()
      ipvs.close()
      rtnetlink.close()
    },
  }
}

/** What the proxy logs and counts is part of its work; the lines go nowhere. */
const counting = (counted: { writes: number; lastRound: number }): Observer => {
  const log = openLog({ level: 'info', format: 'json', destination: { write: () => undefined } })
  const metrics = createMetrics({ version: 'bench', runtime: process.version, now: Date.now, ofProcess: false })
  const after = (milliseconds: number, action: () => void): (() => void) => {
    const timer = setTimeout(action, milliseconds)
    return () => clearTimeout(timer)
  }
  const report = createReport({ log, metrics, now: Date.now, after })
  return {
    ...report,
    applied: (change, bulk) => {
      counted.writes += 1
      report.applied(change, bulk)
      if (change.outcome !== undefined) throw change.outcome
    },
    synced: (facts) => {
      report.synced(facts)
      counted.lastRound = performance.now()
    },
    failed: (subject, error) => {
      throw new Error(subject, { cause: error })
    },
  }
}

/** Nothing waits, neither a change nor the next step of an audit. Looked at once a millisecond: nft, which runs beside us, needs the processor too. */
const untilIdle = async ({ status }: Controller, counted: { readonly deferred: number }): Promise<void> => {
  while (!status().ready || status().pendingSince !== undefined || counted.deferred > 0) await after(1)
}
