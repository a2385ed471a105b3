/** Churn: endpoints come and go, Services are created and deleted, the proxy ends, is killed and starts again. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import type { Random } from '../../../cni/faults/random.ts'
import { type FaultScene, STEADY } from './scene.ts'

/** Goes on until `isOver`. @returns what was done, counted */
export const churn = async (
  scene: FaultScene,
  random: Random,
  isOver: () => boolean,
  { restarts = true } = {},
): Promise<Record<string, number>> => {
  const done: Record<string, number> = {}
  const alive = new Set<string>()
  for (let round = 0; !isOver(); round++) {
    const [name, action] = random.pick(ACTIONS)
    await action(scene, random, alive)
    done[name] = (done[name] ?? 0) + 1
    // Every so often in the middle of what was just begun.
    if (restarts && round % 12 === 11) await scene.restart(random.pick(['SIGKILL', 'SIGKILL', 'SIGTERM']))
    else await after(random.below(400))
  }
  await scene.put('steady', STEADY, scene.pods)
  for (const name of alive) await scene.remove(name)
  return done
}

type Action = (scene: FaultScene, random: Random, alive: Set<string>) => Promise<void>

/** At least one stays. */
const flap: Action = (scene, random) =>
  scene.put('steady', STEADY, random.shuffled(scene.pods).slice(0, 1 + random.below(scene.pods.length)))

const create: Action = async (scene, random, alive) => {
  const number = random.below(20)
  await scene.put(`s${number}`, `10.96.2.${number}`, random.shuffled(scene.pods).slice(0, random.below(3)))
  alive.add(`s${number}`)
}

const remove: Action = async (scene, random, alive) => {
  if (alive.size === 0) return
  const name = random.pick([...alive])
  alive.delete(name)
  await scene.remove(name)
}

const ACTIONS: readonly (readonly [string, Action])[] = [
  ['flap', flap],
  ['flap', flap],
  ['create', create],
  ['create', create],
  ['remove', remove],
]

/** A process' resident memory in MiB, and its open descriptors. */
export const sizeOf = (pid: number): { readonly mebibytes: number; readonly descriptors: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { mebibytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length }
}
