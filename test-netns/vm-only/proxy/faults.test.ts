/**
 * The proxy on a real kernel while it is killed, its objects change and others take away what is its own: a Service that always has a
 * ready pod answers every request, the table becomes right each time, and what strangers have stays theirs. SOAK_SEED repeats a run.
 */
import t from 'tap'
import { chooseSeed, makeRandom } from '../../cni/faults/random.ts'
import { requires } from '../../rig/requires.ts'
import { deadline } from '../../soak.ts'
import { churn, sizeOf } from './faults/churn.ts'
import { repaired } from './faults/repaired.ts'
import { makeFaultScene, STEADY, startTraffic } from './faults/scene.ts'

t.setTimeout(600_000)

const seed = chooseSeed()
/** Some ten requests a second: more would only take an emulated machine’s processors from the proxy. The soak asks more often. */
const REQUESTS = { url: `http://${STEADY}/`, pause: 150 }

t.test(`the proxy under faults (seed ${seed})`, requires('root', 'ipvs', 'nft', 'ipvsadm', 'curl', 'openssl'), async (t) => {
  const scene = await makeFaultScene(t)
  const { cluster, pods } = scene
  const [here] = pods
  if (here === undefined) throw new Error('there are pods')
  const strangers = scene.strangers()
  await scene.untilRight('the first Service stands')

  await t.test('a minute of churn, kill -9 and restarts: no request fails, and a proxy that lived through it is no larger', async (t) => {
    const traffic = [await startTraffic(t, cluster.client, REQUESTS), await startTraffic(t, here.namespace, REQUESTS)]
    const random = makeRandom(seed)
    const done = await churn(scene, random, deadline(0.6))
    await scene.untilRight('the table is right after all')
    const { pid } = scene.proxy()
    const before = sizeOf(pid)
    const more = await churn(scene, random, deadline(0.4), { restarts: false })
    await scene.untilRight('the table is right after all')
    const after = sizeOf(pid)
    for (const each of traffic) {
      const { asked, failed } = await each.end()
      t.same(failed, [])
      t.ok(asked > 60, `${asked} requests, ${JSON.stringify([done, more])}`)
    }
    t.same(scene.strangers(), strangers, 'what strangers have is as it was')
    t.ok(
      after.mebibytes - before.mebibytes < 40,
      `${before.mebibytes.toFixed(0)} to ${after.mebibytes.toFixed(0)} MiB; 40 more are the collector’s slack`,
    )
    t.ok(after.descriptors <= before.descriptors + 2, `${before.descriptors} to ${after.descriptors} descriptors`)
  })

  await t.test('what others take away is back in time, and what they have stays', async (t) => repaired(t, scene))
})
