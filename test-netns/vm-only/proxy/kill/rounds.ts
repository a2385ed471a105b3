/** A proxy is killed in the middle of a change and another one in the middle of its start: the third has to end up where one that was never killed did. */
import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Talk } from '../../../rig/agent.ts'
import { until } from '../../../rig/until.ts'
import { endOf, type KillScene, makeKillScene, STEADY, type State } from './scene.ts'

/** Where to kill, as parts of all messages of an undisturbed change, or start: 0 is the first one. */
export interface Points {
  readonly change: number
  readonly start: number
}

/** Messages to the kernel: of a batch of changes, and of a start with as many. */
const MESSAGES = { change: 40, start: 60 }

/** Kills at these points as long as `goOn` says; every second point finds the other state. */
export const killRounds = async (t: Test, points: Iterable<Points>, goOn: () => boolean = () => true): Promise<number> => {
  const scene = await makeKillScene(t)
  const { client } = scene
  const { talk, at, states, kernel, proxy: first } = await undisturbed(scene)
  let proxy = first
  let rounds = 0
  for (const { change, start } of points) {
    if (!goOn()) break
    const which = rounds % 2 === 0 ? 'after' : 'before'
    const title = `killed at ${change} of a change and at ${start} of the next start`
    await scene.killAt(proxy, countOf(change, MESSAGES.change))
    await scene.put(states[which])
    await endOf(proxy)
    t.equal(nameIn(await talk.say()), at, `${title}: the open connection goes on while nobody runs`)
    await scene.startAndKill(countOf(start, MESSAGES.start))
    t.match(await client.ask({ address: STEADY, port: 80 }), { name: /^[ab]$/ }, 'a new one is answered')
    proxy = await scene.start()
    await sameAs(kernel[which], scene, title)
    t.equal(nameIn(await talk.say()), at, 'and it has gone on all the time')
    rounds += 1
  }
  await proxy.stop('SIGTERM')
  return rounds
}

const countOf = (part: number, all: number): number => 1 + Math.floor(part * (all - 1))

const nameIn = (answer: Awaited<ReturnType<Talk['say']>>): string => (typeof answer === 'string' ? answer : answer.name)

/** The endpoint of the open connection, `a` or `b`, stays; the other one of its Service goes, whole Services come and go. */
const statesOf = ({ pods }: KillScene): { before: State; changed: (at: string) => State } => {
  const [a, b] = pods
  const [onlyA, onlyB] = [[a], [b]]
  return {
    before: { steady: pods, ...named([0, 1, 2], pods), ...named([3, 4, 5], onlyA), ...named([6, 7, 8], pods) },
    changed: (at) => ({
      steady: at === 'a' ? onlyA : onlyB,
      ...{ ...named([3, 4, 5], pods), ...named([6, 7, 8], onlyB), ...named([9, 10, 11, 12], pods) },
    }),
  }
}

const named = (numbers: readonly number[], pods: State[string]): State =>
  Object.fromEntries(numbers.map((number) => [`s${number + 4}`, pods]))

/** Both states as a proxy brings them about that nobody kills; it runs on, in the first one. */
const undisturbed = async (scene: KillScene) => {
  const { before, changed } = statesOf(scene)
  await scene.put(before)
  const proxy = await scene.start()
  const talk = await scene.client.open({ address: STEADY, port: 80 })
  const at = nameIn(await talk.say())
  const states = { before, after: changed(at) }
  const first = scene.kernel()
  await scene.put(states.after)
  const second = await settled(scene, first)
  await scene.put(states.before)
  await sameAs(first, scene, 'there and back again')
  return { proxy, talk, at, states, kernel: { before: first, after: second } }
}

/** What the kernel holds when it has been the same for longer than destinations drain. */
const settled = async (scene: KillScene, before: readonly string[]): Promise<string[]> => {
  let last = [...before]
  for (let same = 0; same < 3; ) {
    await after(1_500)
    const now = scene.kernel()
    same = now.join('\n') === last.join('\n') && now.join('\n') !== before.join('\n') ? same + 1 : 0
    last = now
  }
  return last
}

const sameAs = (expected: readonly string[], scene: KillScene, what: string): Promise<void> =>
  until(
    `${what}: the kernel holds what it holds for a proxy that was never killed`,
    () => scene.kernel().join('\n') === expected.join('\n'),
    () => {
      const held = scene.kernel()
      return { missing: expected.filter((line) => !held.includes(line)), extra: held.filter((line) => !expected.includes(line)) }
    },
    { seconds: 40, pause: 300 },
  )
