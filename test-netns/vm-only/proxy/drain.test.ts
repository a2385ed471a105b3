/** Endpoints that end, as their clients see it: open connections go on for a time, new ones go elsewhere from the first moment. Real IPVS. */
import t from 'tap'
import type { Talk } from '../../rig/agent.ts'
import { requires } from '../../rig/requires.ts'
import { makeScene, type Name, place, type Scene, vipOf } from './drain/scene.ts'
import { udpCases } from './drain/udp-cases.ts'

t.setTimeout(600_000)

/** A connection to a Service that stays open, and the pod that it went to. */
interface Held {
  readonly talk: Talk
  readonly at: 'a' | 'b'
}

const hold = async ({ client }: Scene, service: Name): Promise<Held> => {
  const talk = await client.open({ address: vipOf(service), port: 80 })
  return { talk, at: (await nameOf(talk)) === 'a' ? 'a' : 'b' }
}

const nameOf = async (talk: Talk): Promise<string> => {
  const answer = await talk.say()
  return typeof answer === 'string' ? answer : answer.name
}

/** Who answers new connections, each once. */
const answering = async ({ client }: Scene, service: Name, times = 4): Promise<string[]> => {
  const answers = await client.askMany({ address: vipOf(service), port: 80, times })
  return [...new Set(answers.map((answer) => (typeof answer === 'string' ? answer : answer.name)))].sort()
}

const OTHER = { a: 'b', b: 'a' } as const

t.test('graceful termination', { ...requires('root', 'ipvs', 'nft', 'ipvsadm', 'conntrack', 'curl'), timeout: 600_000 }, async (t) => {
  const scene = await makeScene(t)
  const { a, b, endpoints, untilWeights, weights } = scene
  const both = (weightOfA: number, weightOfB: number) => ({ [place(a)]: weightOfA, [place(b)]: weightOfB })
  const ending = (at: 'a' | 'b') => (at === 'a' ? both(0, 1) : both(1, 0))
  let proxy = await scene.startProxy(300)
  const metric = (): string | undefined =>
    /^selvedge_draining_destinations .*/m.exec(scene.node.namespace.exec('curl', '--silent', 'http://127.0.0.1:9100/metrics'))?.[0]
  const held = await hold(scene, 'web')

  await t.test('an endpoint is removed: its open connection goes on, no new one goes there', async (t) => {
    await endpoints('web', scene[OTHER[held.at]])
    await untilWeights('web', ending(held.at))
    t.same(await answering(scene, 'web', 6), [OTHER[held.at]])
    t.equal(await nameOf(held.talk), held.at)
    const tracked = scene.node.namespace.exec('ipvsadm', '--list', '--numeric', '--connection')
    t.match(tracked, new RegExp(`ESTABLISHED .* ${place(scene[held.at])}`))
  })

  await t.test('one without connections goes long before its time', async () => {
    await endpoints('idle', b)
    await untilWeights('idle', { [place(b)]: 1 })
  })

  await t.test('a scheduler that cannot pass over an ending endpoint has it removed at once', async (t) => {
    const [was] = await answering(scene, 'fixed', 1)
    const rest = OTHER[was === 'a' ? 'a' : 'b']
    await endpoints('fixed', scene[rest])
    await untilWeights('fixed', { [place(scene[rest])]: 1 })
    t.same(await answering(scene, 'fixed'), [rest])
  })

  for (const [service, what] of [
    ['sticky', 'affinity moves on'],
    ['hashed', 'sh with its fallback moves on'],
  ] as const) {
    await t.test(`${what}; a Service whose last endpoint ends refuses new connections, while the open one goes on`, async (t) => {
      const { talk, at } = await hold(scene, service)
      await endpoints(service, scene[OTHER[at]])
      await untilWeights(service, ending(at))
      t.same(await answering(scene, service), [OTHER[at]])
      await endpoints(service)
      await untilWeights(service, both(0, 0))
      t.same(await answering(scene, service, 2), ['refused'])
      t.equal(await nameOf(talk), at)
      await endpoints(service, a, b)
      await untilWeights(service, both(1, 1))
      t.equal(await nameOf(talk), at, 'an endpoint that returns keeps its connections')
      await talk.end()
    })
  }

  await t.test('all that time audits wrote nothing and found no drift', async (t) => {
    t.notMatch(proxy.output(), /repairing|failed/)
    const changes = proxy.output().split('\n')
    const ofIt = changes.filter((line) => line.includes(`destination tcp ${vipOf('web')}:80 ${place(scene[held.at])} `))
    t.match(ofIt.at(-1), /draining .* weight=0/)
    t.equal(ofIt.filter((line) => line.includes('draining')).length, 1)
    t.equal(metric(), 'selvedge_draining_destinations 1')
  })

  await udpCases(t, scene)

  await t.test('kill -9: what drained drains on, anew; its connection goes on until its time is up', async (t) => {
    await proxy.stop('SIGKILL')
    t.same(weights('web'), ending(held.at))
    proxy = await scene.startProxy(12)
    t.same(weights('web'), ending(held.at))
    t.equal(await nameOf(held.talk), held.at)
    t.same(await answering(scene, 'web'), [OTHER[held.at]])
    t.notMatch(proxy.output(), /added|changed|removed|draining|repairing|failed/, 'the new one changed nothing')
    await untilWeights('web', { [place(scene[OTHER[held.at]])]: 1 })
    t.equal(await held.talk.say(), 'reset')
  })

  await t.test('a deleted Service goes at once, and its connections with it', async (t) => {
    const { talk } = await hold(scene, 'web')
    await scene.api.client.remove({ apiVersion: 'v1', kind: 'Service', name: 'web' })
    await untilWeights('web', {})
    t.match(await nameOf(talk), /^(reset|timeout)$/)
  })
})
