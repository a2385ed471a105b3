/** A controller over the fake kernel and fake time, with what its observer was told. */
import { createCluster } from '../cluster.ts'
import type { Controller } from '../contract.ts'
import { createController } from '../controller.ts'
import { nodeViewOf } from '../desired.ts'
import type { TableSight } from '../table-watch.ts'
import type { ClusterEvent, EndpointSlice, Service } from '../types.ts'
import { node } from './builders.ts'
import { createFakeDataPlane, type FakeDataPlane } from './fake-data-plane.ts'
import { createFakeScheduler, type FakeScheduler } from './fake-scheduler.ts'

export interface Harness {
  readonly controller: Controller
  readonly plane: FakeDataPlane
  readonly time: FakeScheduler
  /** One line per thing the observer was told, oldest first. */
  readonly told: string[]
  /** Broadcasts objects and settles; returns the changes that were asked of the kernel, in order. */
  send(...objects: readonly (Service | EndpointSlice | ClusterEvent)[]): string[]
  /** Keys of everything in the fake kernel, sorted. */
  kernel(): string[]
}

const eventOf = (object: Service | EndpointSlice | ClusterEvent): ClusterEvent => {
  if ('kind' in object) return object
  return 'clusterIps' in object ? { kind: 'service', key: object.key, value: object } : { kind: 'slice', key: object.key, value: object }
}

export const gone = (kind: 'service' | 'slice', key: string): ClusterEvent => ({ kind, key, value: undefined })

/** A controller that knows its node; started unless asked otherwise. */
export const createHarness = ({
  started = true,
  auditPeriod = 5_000,
  gracePeriod = 0,
  plane = createFakeDataPlane(),
  spared = '',
  withNode = true,
  sight = undefined as TableSight | undefined,
  cluster = createCluster(),
} = {}): Harness => {
  const time = createFakeScheduler()
  const told: string[] = []
  const controller = createController({
    cluster,
    plane,
    scheduler: time,
    auditPeriod,
    gracePeriod,
    ...(sight !== undefined && { sight }),
    viewOf: nodeViewOf,
    spares: ({ kind }) => kind === spared,
    observer: {
      applied: () => {},
      synced: ({ services, operations }) => told.push(`synced ${services} services, ${operations} operations`),
      programmed: (service, seconds) => told.push(`programmed ${service} after ${seconds} s`),
      drifted: (items) => told.push(`drifted ${items}`),
      noticed: ({ key }, { type, reason, message }) => told.push(`${type} ${reason} ${key}: ${message}`),
      draining: (destinations) => told.push(`draining ${destinations}`),
      failed: (subject, error) => told.push(`failed ${subject}: ${error.message}`),
    },
  })
  if (withNode) controller.handle([{ kind: 'node', key: 'node-a', value: node() }])
  if (started) controller.start()
  time.settle()
  const send: Harness['send'] = (...objects) => {
    plane.log.length = 0
    controller.handle(objects.map(eventOf))
    time.settle()
    return [...plane.log]
  }
  return { controller, plane, time, told, send, kernel: () => [...plane.items.keys()].sort() }
}
