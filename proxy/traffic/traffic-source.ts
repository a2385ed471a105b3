/**
 * Per-service traffic for scrapers: one dump of the kernel's counters, at most every two seconds (the kernel adds them up no more
 * often), however many scrapers there are and however often they ask; written in pieces, so that probes are answered in between.
 */
import type { ServerTraffic } from '#kernel/ipvs/traffic.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Ledger } from '../services/ledger.ts'
import { pickTraffic, renderTraffic } from './render.ts'

export interface TrafficParts {
  /** The kernel's counters. @throws when it cannot be read */
  readonly read: () => readonly ServerTraffic[]
  readonly ledger: Pick<Ledger, 'entry' | 'ownedBy' | 'entries'>
  /** Virtual servers that have series of their own, ten each; 0 = none. */
  readonly limit: number
  /** Milliseconds that only grow. */
  readonly now: () => number
  /** Resolves when others had their turn. */
  readonly turn: () => Promise<void>
  readonly metrics: Pick<Metrics, 'observeTraffic' | 'countTrafficFailure'>
  readonly onFailed: (error: unknown) => void
}

const FRESH_MILLISECONDS = 2_000

/** @returns what to append to a scrape; nothing when the kernel cannot be read */
export const createTrafficSource = (parts: TrafficParts): (() => Promise<string>) => {
  let cached: { readonly at: number; readonly text: Promise<string> } | undefined

  const render = async (): Promise<string> => {
    const started = parts.now()
    const { shown, leftOut, virtualServers } = pickTraffic(parts.read(), parts.ledger, parts.limit)
    const pieces: string[] = []
    for (const piece of renderTraffic(shown)) {
      pieces.push(piece)
      await parts.turn()
    }
    parts.metrics.observeTraffic({ virtualServers, leftOut, seconds: (parts.now() - started) / 1000 })
    return pieces.join('')
  }
  const renderOrNothing = async (): Promise<string> => {
    try {
      return await render()
    } catch (error) {
      parts.metrics.countTrafficFailure()
      parts.onFailed(error)
      return ''
    }
  }

  return () => {
    const now = parts.now()
    if (cached === undefined || now - cached.at >= FRESH_MILLISECONDS) cached = { at: now, text: renderOrNothing() }
    return cached.text
  }
}
