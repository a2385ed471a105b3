/** Session affinity: one client stays with one pod, for as long as it is asked for. */
import type { Test } from 'tap'
import type { Actor } from '../../../rig/actor.ts'
import type { Question } from '../../../rig/agent-protocol.ts'
import { until } from '../../../rig/until.ts'
import { ipvsRemembers } from '../../../rig/witness-ipvs.ts'
import { reaches, untilSo } from './expect.ts'
import type { Cases, Scene } from './scene.ts'
import { makeService, type ServiceHandle } from './service.ts'

const ALL = ['a1', 'a3', 'b1']
const REQUESTS = 8
/** Seconds of affinity that a Service asks for. */
const TIMEOUT = 2
/**
 * Seconds within which the kernel has forgotten it. It does not while it remembers a connection made under it, two minutes for closed ones, and looks
 * again every minute: a connection that ended late makes it three.
 */
const FORGOTTEN = 200

const KINDS = [
  { kind: 'service with type clusterIP', type: 'ClusterIP' },
  { kind: 'NodePort service', type: 'NodePort' },
] as const

export const affinity: Cases = async (t, scene) => {
  for (const { kind, type } of KINDS) {
    const make = (name: string, spec = {}) => makeAffine(scene, { name, type, spec })

    await t.test(`[e2e Services] should have session affinity work for ${kind}`, async (t) => {
      const { to } = await make('affine')
      await sticks(t, scene.a2.agent, to)
      await sticks(t, scene.b2.agent, to)
    })

    await t.test(`[e2e Services] should be able to switch session affinity for ${kind}`, async (t) => {
      const { service, to } = await make('switched', { sessionAffinity: 'None' })
      await reaches(t, scene.a2.agent, to, ALL)
      await service.patch({ spec: { sessionAffinity: 'ClientIP' } })
      await sticks(t, scene.a2.agent, to)
      await service.patch({ spec: { sessionAffinity: 'None', sessionAffinityConfig: null } })
      await reaches(t, scene.a2.agent, to, ALL)
    })
  }
}

interface Remembered {
  readonly to: Question
  readonly names: readonly string[]
}

const remembered = new Map<string, Remembered>()

/** Asks early what `forgotten` asks again, so that nobody has to wait. */
export const remember: Cases = async (_t, scene) => {
  for (const { type } of KINDS) {
    const spec = { sessionAffinityConfig: { clientIP: { timeoutSeconds: TIMEOUT } } }
    const { to } = await makeAffine(scene, { name: 'forgotten', type, spec })
    const names = await untilSo(
      () => namesAt(scene.a2.agent, { ...to, times: REQUESTS }),
      (names) => ALL.includes(names[0] ?? ''),
    )
    remembered.set(type, { to, names })
  }
}

export const forgotten: Cases = async (t, scene) => {
  for (const { kind, type } of KINDS) {
    await t.test(`[e2e Services] should have session affinity timeout work for ${kind}`, async (t) => {
      const before = remembered.get(type)
      if (before === undefined) throw new Error('nobody has asked before')
      const { to, names } = before
      t.equal(new Set(names).size, 1, `within its time a client stayed with ${names[0]}`)
      const patience = { seconds: FORGOTTEN, pause: 1000 }
      await until(`${to.address}:${to.port} is forgotten`, () => !ipvsRemembers(scene.node1.namespace, to), undefined, patience)
      const [name] = await namesAt(scene.a2.agent, { ...to, times: 1 })
      t.ok(ALL.includes(name ?? ''), `afterwards ${name} answers`)
      // The pods take turns, and nobody else has asked.
      t.not(name, names[0], 'which is another pod')
    })
  }
}

interface Affine {
  readonly service: ServiceHandle
  readonly to: Question
}

const makeAffine = async (scene: Scene, asked: { name: string; type: string; spec: object }): Promise<Affine> => {
  const { name, type, spec } = asked
  const service = await makeService(scene, `${name}-${type.toLowerCase()}`, {
    spec: { type, sessionAffinity: 'ClientIP', ...spec },
    endpoints: [scene.a1, scene.a3, scene.b1],
  })
  const to = type === 'NodePort' ? { address: scene.node1.address, port: service.nodePort() } : { address: service.vip, port: 80 }
  return { service, to }
}

/** All requests of one client get to one pod. */
export const sticks = async (t: Test, from: Actor, to: Question, pods: readonly string[] = ALL): Promise<void> => {
  const names = await untilSo(
    () => namesAt(from, { ...to, times: REQUESTS }),
    (names) => new Set(names).size === 1 && pods.includes(names[0] ?? ''),
  )
  t.equal(new Set(names).size, 1, `${from.name} stays with ${names[0]}`)
  t.ok(pods.includes(names[0] ?? ''), 'which is one of the pods')
}

const namesAt = async (from: Actor, to: Question): Promise<string[]> =>
  (await from.askMany({ timeout: 1, ...to })).map((answer) => (typeof answer === 'string' ? answer : answer.name))
