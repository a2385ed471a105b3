/** A controller at rest over a world of thirty Services, its kernel watched. */
import type { Controller } from '../../../proxy/services/contract.ts'
import { createHarness, type Harness } from '../../../proxy/services/testing/harness.ts'
import type { ClusterEvent } from '../../../proxy/services/types.ts'
import { makeRandom, type Random } from '../../cni/faults/random.ts'
import { createFaultyPlane, type FaultyPlane } from './faulty-plane.ts'
import { type Laws, watchLaws } from './laws.ts'
import { deviations, heldBy, referenceOf, referenceOfService } from './reference.ts'
import { listOf, makeWorld, type World } from './world.ts'

export interface Scene {
  readonly random: Random
  readonly world: World
  readonly plane: FaultyPlane
  readonly laws: Laws
  readonly controller: Controller
  readonly time: Harness['time']
  readonly told: readonly string[]
  /** The watchers tell this, and everything happens that needs no time. */
  send(events: readonly ClusterEvent[]): void
  /** The process is gone at once; another one starts over the same kernel. */
  restart(): void
  /** What the kernel holds differently from what it must hold at rest. */
  deviations(): string[]
  /** What Services lack that have nothing to do with this kernel object. */
  othersMissing(key: string): string[]
}

/** Longer than any pause between two tries, with an audit after it. */
export const LONG = 120_000

export const makeScene = (seed: number): Scene => {
  const random = makeRandom(seed)
  const world = makeWorld(random)
  const plane = createFaultyPlane()
  const laws = watchLaws(plane)
  // Graceful termination is a way of removing that takes its time: half of the seeds have it.
  const gracePeriod = seed % 2 === 0 ? 0 : 30_000
  const begin = (): Harness => start(plane, { world, laws, gracePeriod })
  let harness = begin()
  laws.rest(world)
  return {
    random,
    world,
    plane,
    laws,
    get controller() {
      return harness.controller
    },
    get time() {
      return harness.time
    },
    get told() {
      return harness.told
    },
    send: (events) => {
      laws.changed(world)
      harness.send(...events)
    },
    restart: () => {
      harness.controller.stop()
      harness = begin()
    },
    deviations: () => deviations(heldBy(plane.items), referenceOf(world)),
    othersMissing: (key) => {
      const others = [...world.services.keys()].map((each) => referenceOfService(world, each)).filter((items) => !items.has(key))
      return deviations(heldBy(plane.items), new Map(others.flatMap((items) => [...items]))).filter((line) => !line.startsWith('left over'))
    },
  }
}

const start = (plane: FaultyPlane, { world, laws, gracePeriod }: { world: World; laws: Laws; gracePeriod: number }): Harness => {
  const harness = createHarness({ plane, started: false, withNode: false, gracePeriod })
  laws.changed(world)
  harness.send(...listOf(world))
  harness.controller.start()
  harness.time.settle()
  return harness
}
