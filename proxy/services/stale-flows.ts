/**
 * UDP flows that a change left behind: connection tracking goes on to treat their packets as it did their first one. They are looked for
 * after the changes of a turn, once for all of them, and at most once a second.
 */
import { serverText } from '#kernel/ipvs/server-id.ts'
import type { AddressServerId } from '#kernel/ipvs/types.ts'
import { asError } from './as-error.ts'
import type { Observer, Scheduler } from './contract.ts'
import type { DataPlane } from './data-plane.ts'
import type { Operation } from './difference.ts'
import type { Ledger } from './ledger.ts'
import { changedUdpServers, udpPorts } from './udp-ports.ts'

export interface StaleFlows {
  /** Takes note of what the kernel acknowledged, after the ledger did. */
  follow(acknowledged: readonly Operation[]): void
  stop(): void
}

export interface StaleFlowParts {
  readonly ledger: Ledger
  readonly plane: Pick<DataPlane, 'forgetFlows'>
  readonly scheduler: Scheduler
  readonly observer: Pick<Observer, 'failed' | 'recovered'>
}

/** Milliseconds between two looks at the connection table, which may hold a million flows; and until the next try when one failed. */
const PAUSE = 1_000
const RETRY = 10_000

export const createStaleFlows = ({ ledger, plane, scheduler, observer }: StaleFlowParts): StaleFlows => {
  const changed = new Map<string, AddressServerId>()
  let waiting = false
  let stopped = false
  let cancelPause: (() => void) | undefined

  const follow = (acknowledged: readonly Operation[]): void => {
    for (const server of changedUdpServers(acknowledged, ledger)) changed.set(serverText(server), server)
    request()
  }

  const request = (): void => {
    if (changed.size === 0 || waiting || cancelPause !== undefined) return
    waiting = true
    scheduler.defer(() => {
      waiting = false
      if (!stopped) forget()
    })
  }

  const forget = (): void => {
    const ports = udpPorts([...changed.values()], ledger)
    try {
      plane.forgetFlows(ports)
      observer.recovered?.('UDP flows')
      changed.clear()
      pause(PAUSE)
    } catch (error) {
      observer.failed('UDP flows', asError(error))
      pause(RETRY)
    }
  }

  const pause = (milliseconds: number): void => {
    cancelPause = scheduler.after(milliseconds, () => {
      cancelPause = undefined
      request()
    })
  }

  const stop = (): void => {
    stopped = true
    cancelPause?.()
  }

  return { follow, stop }
}
