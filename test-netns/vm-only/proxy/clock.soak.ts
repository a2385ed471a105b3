/**
 * Somebody sets the machine's clock a day forward and back, while a proxy serves and an endpoint ends: nothing is lost, what drains drains on, and
 * changes arrive. It takes two minutes, whatever the minutes. Only in the virtual machine: a real one's clock is its owner's.
 */
import { existsSync } from 'node:fs'
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { run } from '../../rig/run.ts'
import { makeScene, place, vipOf } from './drain/scene.ts'
import { startTraffic } from './take-over/traffic.ts'

t.setTimeout(0)

const NEEDS = requires('root', 'ipvs', 'dummy', 'nft', 'ipvsadm')
const elsewhere = existsSync('/run/selvedge-vm') ? {} : { skip: 'it sets the clock: in the virtual machine only' }

/** Seconds. Never before the beginning, when the certificates were not valid yet. */
const DAY = 86_400

t.test('the clock is set a day forward, and back', { ...NEEDS, ...elsewhere }, async (t) => {
  const begin = Date.now() - performance.now()
  const setClock = (ahead: number): void => void run('date', '-s', `@${Math.round((begin + performance.now()) / 1000) + ahead}`)
  t.teardown(() => setClock(0))
  const scene = await makeScene(t)
  const { a, b, client, endpoints, untilWeights } = scene
  const proxy = await scene.startProxy(600)
  const traffic = await startTraffic([[client, { address: vipOf('bystander'), port: 80 }]])
  const held = await client.open({ address: vipOf('web'), port: 80 })
  const first = await held.say()
  const [ending, staying] = typeof first !== 'string' && first.name === 'a' ? [a, b] : [b, a]
  await endpoints('web', staying)
  const draining = { [place(a)]: ending === a ? 0 : 1, [place(b)]: ending === b ? 0 : 1 }
  await untilWeights('web', draining)
  let others = [a]
  for (const [what, ahead] of [
    ['forward', DAY],
    ['back', 0],
  ] as const) {
    setClock(ahead)
    t.comment(`${what}: ${new Date().toISOString()}`)
    await endpoints('idle', ...others)
    await untilWeights('idle', Object.fromEntries(others.map((pod) => [place(pod), 1])))
    t.same(scene.weights('web'), draining, `${what}: what drains drains on`)
    t.match(await held.say(), { name: ending === a ? 'a' : 'b' }, `${what}: its connection goes on`)
    others = [b]
  }
  const { answered, failed } = await traffic.end()
  t.same(failed, [], `${answered} answers, none lost`)
  t.notMatch(proxy.output(), /repairing|failed|ERROR/)
  const ready = scene.node.namespace.exec(
    'curl',
    '--silent',
    '--output',
    '/dev/null',
    '--write-out',
    '%{http_code}',
    'http://127.0.0.1:20244/readyz',
  )
  t.equal(ready, '200')
  t.equal(await proxy.stop(), 0)
})
