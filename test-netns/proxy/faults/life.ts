/** A long life under faults: changes, refusals, drift, restarts and jumps of the clock in any order, with rests in between. */
import type { Test } from 'tap'
import type { Item } from '../../../proxy/services/item.ts'
import { anyFault } from './faults.ts'
import { recovered } from './recovered.ts'
import { makeScene, type Scene } from './scene.ts'
import { batchOf } from './world.ts'

/** Between two rests. */
const TURNS = 6

/** Lives until `isOver`, with a look at the kernel at each rest. @returns how many rests there were */
export const live = (t: Test, seed: number, isOver: () => boolean): number => {
  const scene = makeScene(seed)
  recover(scene)
  let rests = 0
  for (; !isOver(); rests++) {
    for (let turn = 0; turn < TURNS; turn++) scene.random.pick(TROUBLES)(scene)
    recover(scene)
    if (!recovered(t, scene, `rest ${rests}`)) return rests
    scene.laws.rest(scene.world)
  }
  return rests
}

type Trouble = (scene: Scene) => void

const change: Trouble = ({ send, world, random }) => send(batchOf(world, random))

const refuseSome: Trouble = ({ plane, random }) => {
  plane.judge = (asked) => (random.chance(0.1) ? anyFault(asked, random) : undefined)
}

const refuseOne: Trouble = ({ plane, random }) => {
  const stubborn = random.pick([...plane.items.keys()])
  plane.judge = (asked) => (asked.key === stubborn ? anyFault(asked, random) : undefined)
}

const readBadly: Trouble = ({ plane, random }) => {
  plane.read = () => {
    if (random.chance(0.5)) throw new Error('no buffer space available')
  }
}

const recover: Trouble = ({ plane }) => {
  plane.judge = () => undefined
  plane.read = READABLE
}

const READABLE = (): void => {}

const wait: Trouble = ({ time, random }) => time.advance(random.pick([10, 1_000, 7_000, 60_000]))

/** Somebody sets the machine's clock. */
const setClock: Trouble = ({ time, random }) =>
  time.setDate(time.date() + random.pick([-1, 1]) * random.pick([1_000, 3_600_000, 2_592_000_000]))

const restart: Trouble = (scene) => {
  // Who cannot see what is there makes it all anew, and takes nothing away.
  if (scene.plane.read !== READABLE) scene.laws.disturbed(scene.plane.items.keys())
  scene.restart()
}

/** Somebody else removes and changes what is ours, and the next audit comes. */
const drift: Trouble = ({ plane, laws, random, time }) => {
  const taken = random.shuffled([...plane.items]).slice(0, 1 + random.below(8))
  for (const [key, item] of taken) {
    laws.taken(alongWith(key, plane.items))
    if (item.kind === 'destination' && random.chance(0.5)) plane.items.set(key, spoiled(item))
    else for (const each of alongWith(key, plane.items)) plane.items.delete(each)
  }
  time.advance(5_000)
}

/** A virtual server takes its destinations along. */
const alongWith = (key: string, items: ReadonlyMap<string, Item>): string[] =>
  key.startsWith('server ') ? [key, ...[...items.keys()].filter((each) => each.startsWith(`destination ${key.slice(7)} `))] : [key]

const spoiled = (item: Item & { kind: 'destination' }): Item => ({ ...item, destination: { ...item.destination, weight: 7 } })

const TROUBLES: readonly Trouble[] = [
  change,
  change,
  change,
  refuseSome,
  refuseOne,
  readBadly,
  recover,
  wait,
  wait,
  setClock,
  restart,
  drift,
]
