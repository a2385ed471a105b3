/**
 * Faults of the kernel under a change of some of thirty Services, on a fake kernel: nothing else is touched, nothing half done is
 * exposed, and once the fault is over the kernel is what a reference model says. SOAK_SEED repeats a run.
 */
import t from 'tap'
import { chooseSeed } from '../../cni/faults/random.ts'
import { FAULTS, isLie, REFUSALS } from './faults.ts'
import type { Change } from './faulty-plane.ts'
import { recovered } from './recovered.ts'
import { LONG, makeScene, type Scene } from './scene.ts'
import { batchOf } from './world.ts'

const seed = chooseSeed()

/** What is asked of the kernel for a scene's change when nothing fails. */
const changesOf = (number: number): Change[] => {
  const scene = makeScene(number)
  const asked: Change[] = []
  scene.plane.judge = (change) => {
    asked.push(change)
    return undefined
  }
  change(scene)
  return asked
}

const change = ({ send, world, random }: Scene): void => send(batchOf(world, random, 8))

const ROUNDS = [0, 1, 2, 3, 4, 5]

t.test(`without a fault (seed ${seed})`, async (t) => {
  for (const round of ROUNDS) {
    const scene = makeScene(seed + round)
    for (let turn = 0; turn < 10; turn++) change(scene)
    if (!recovered(t, scene, `round ${round}`)) return
  }
  t.pass('the kernel is what the model says')
})

t.test(`any one operation fails, once (seed ${seed})`, async (t) => {
  let tried = 0
  for (const round of ROUNDS) {
    for (const [position, asked] of changesOf(seed + round).entries()) {
      // Each position meets each fault in some round.
      for (const fault of FAULTS.filter((fault, index) => index % 4 === (position + round) % 4 && !isLie(asked, fault))) {
        const scene = makeScene(seed + round)
        let count = 0
        scene.plane.judge = () => (count++ === position ? fault : undefined)
        change(scene)
        if (!recovered(t, scene, `round ${round}: ${asked.verb} ${asked.key} with ${JSON.stringify(fault)}`)) return
        tried += 1
      }
    }
  }
  t.ok(tried > 100, `${tried} faults`)
})

t.test(`the kernel refuses one object for as long as it likes (seed ${seed})`, async (t) => {
  for (const round of ROUNDS) {
    for (const [index, asked] of changesOf(seed + round).entries()) {
      if (index % 3 !== round % 3) continue
      const scene = makeScene(seed + round)
      const fault = REFUSALS[index % REFUSALS.length]
      scene.plane.judge = ({ key }) => (key === asked.key ? fault : undefined)
      change(scene)
      scene.time.advance(LONG)
      const what = `round ${round}: ${asked.verb} ${asked.key} with ${JSON.stringify(fault)}`
      const others = scene.othersMissing(asked.key)
      if (others.length > 0) return t.same(others, [], `${what}: other Services are complete`)
      scene.plane.judge = () => undefined
      if (!recovered(t, scene, what)) return
    }
  }
  return t.pass('the others are complete meanwhile, and it is, afterwards')
})

t.test(`the process is killed at any position, and another one starts (seed ${seed})`, async (t) => {
  for (const round of ROUNDS) {
    for (const [position, asked] of changesOf(seed + round).entries()) {
      const scene = makeScene(seed + round)
      let count = 0
      // A dead process does nothing more, so that nothing after this position reaches the kernel.
      scene.plane.judge = () => (count++ < position ? undefined : { errno: 4, done: false, breaks: true })
      change(scene)
      scene.plane.judge = () => undefined
      scene.restart()
      if (!recovered(t, scene, `round ${round}: before ${asked.verb} ${asked.key}`)) return
    }
  }
  t.pass('what is healthy is never touched, and all is as it must be in the end')
})

t.test(`the kernel cannot be read, or prepared, at any time (seed ${seed})`, async (t) => {
  for (const round of ROUNDS) {
    for (const what of ['base', 'observe'] as const) {
      const scene = makeScene(seed + round)
      let reads = 0
      scene.plane.read = (which) => {
        if (which === what && reads++ < 3) throw new Error('no buffer space available')
      }
      // Something must be tried again, and so looked at.
      scene.plane.judge = () => REFUSALS[0]
      change(scene)
      scene.plane.judge = () => undefined
      if (!recovered(t, scene, `round ${round}: ${what}`)) return
    }
  }
  t.pass('and nothing is removed for it')
})
