/** Pods that are replaced one after the other, under requests that never stop. */
import { setTimeout as after } from 'node:timers/promises'
import type { Actor } from '../../../rig/actor.ts'
import type { Answer, Question } from '../../../rig/agent-protocol.ts'
import { reaches } from './expect.ts'
import { balanced } from './load-balancers.ts'
import type { ScenePod } from './pods.ts'
import type { Cases } from './scene.ts'
import { type EndpointLike, TERMINATING } from './service.ts'

/** Milliseconds that each state of a roll-out lasts. */
const STEP = 1000

export const rolling: Cases = async (t, scene) => {
  const { a1, a2, a3, b1, b2, client } = scene
  const plans = { Cluster: { old: [a1, b1], young: [a3, b2] }, Local: { old: [a1], young: [a2] } }
  for (const policy of ['Cluster', 'Local'] as const) {
    const title = `should not have connectivity disruption during rolling update with externalTrafficPolicy=${policy}`
    await t.test(`[e2e LoadBalancers] ${title}`, async (t) => {
      const { old, young } = plans[policy]
      const spec = { externalTrafficPolicy: policy }
      const { service, address } = await balanced(scene, { name: `rolling-${policy.toLowerCase()}`, spec, endpoints: old })
      const names = (pods: readonly ScenePod[]): string[] => pods.map(({ name }) => name)
      await reaches(t, client, { address, port: 80 }, names(old))
      const stop = keepAsking(client, { address, port: 80 })
      for (const state of rollOut(old, young)) {
        await service.endpoints(state)
        await after(STEP)
      }
      const answers = await stop()
      t.same(
        answers.filter((answer) => typeof answer === 'string'),
        [],
        `none of ${answers.length} requests failed`,
      )
      t.ok(answers.length > 20)
      await reaches(t, client, { address, port: 80 }, names(young))
    })
  }
}

/** Each old pod in its turn: a young one is ready beside it, it terminates, it is gone. */
const rollOut = (old: readonly ScenePod[], young: readonly ScenePod[]): EndpointLike[][] =>
  old.flatMap((pod, index) => {
    const others = [...young.slice(0, index + 1), ...old.slice(index + 1)]
    return [[pod, ...others], [{ pod, conditions: TERMINATING }, ...others], others]
  })

/** One request after the other, until told to stop; resolves to all answers. */
const keepAsking = (from: Actor, to: Question): (() => Promise<Answer[]>) => {
  const answers: Answer[] = []
  let going = true
  const asking = (async () => {
    while (going) answers.push(await from.ask({ timeout: 2, ...to }))
  })()
  return async () => {
    going = false
    await asking
    return answers
  }
}
