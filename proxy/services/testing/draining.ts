/** A Service of two endpoints that loses the first: what tests of graceful termination begin with. */
import { service, slice } from './builders.ts'
import type { FakeDataPlane } from './fake-data-plane.ts'
import { createHarness, type Harness } from './harness.ts'

export const ONE = 'destination tcp 10.96.0.10:80 10.20.1.5:8080'
export const OTHER = 'destination tcp 10.96.0.10:80 10.20.1.6:8080'
/** Milliseconds that a destination may drain; audits come every 10 seconds. */
export const PERIOD = 30_000

export interface Draining extends Harness {
  /** What the removal asked of the kernel. */
  readonly log: readonly string[]
}

/** Service a/b, and endpoints of which the first has `connections` and was removed just now. */
export const draining = ({ connections = 1, of = service('a/b'), gracePeriod = PERIOD } = {}): Draining => {
  const harness = createHarness({ gracePeriod, auditPeriod: 10_000 })
  harness.send(of, slice('a/b', ['10.20.1.5', '10.20.1.6']))
  harness.plane.connections.set(ONE, connections)
  const log = harness.send(slice('a/b', ['10.20.1.6']))
  harness.plane.log.length = 0
  return { ...harness, log }
}

/** The weight of every destination in the kernel. */
export const weightsOf = ({ items }: FakeDataPlane): Record<string, number> =>
  Object.fromEntries([...items].flatMap(([key, item]) => (item.kind === 'destination' ? [[key, item.destination.weight]] : [])))
