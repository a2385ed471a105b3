/** Churn for as long as there is time: a Service that always has a ready pod answers every request, and the proxy grows no larger. */
import t from 'tap'
import { chooseSeed, makeRandom } from '../../cni/faults/random.ts'
import { requires } from '../../rig/requires.ts'
import { deadline, soakMinutes } from '../../soak.ts'
import { churn, sizeOf } from './faults/churn.ts'
import { makeFaultScene, STEADY, startTraffic } from './faults/scene.ts'

t.setTimeout(0)

const seed = chooseSeed()
const REQUESTS = { url: `http://${STEADY}/`, pause: 50 }

t.test(`churn, kill -9 and restarts (seed ${seed})`, requires('root', 'ipvs', 'nft', 'ipvsadm', 'curl', 'openssl'), async (t) => {
  const scene = await makeFaultScene(t)
  const [here] = scene.pods
  if (here === undefined) throw new Error('there are pods')
  const strangers = scene.strangers()
  const traffic = [await startTraffic(t, scene.cluster.client, REQUESTS), await startTraffic(t, here.namespace, REQUESTS)]
  const random = makeRandom(seed)
  const half = soakMinutes() / 2
  const done = await churn(scene, random, deadline(half))
  await scene.untilRight('the table is right after all')
  // The second half is one proxy's.
  const { pid } = scene.proxy()
  const before = sizeOf(pid)
  const more = await churn(scene, random, deadline(half), { restarts: false })
  await scene.untilRight('the table is right after all')
  const after = sizeOf(pid)
  for (const each of traffic) {
    const { asked, failed } = await each.end()
    t.same(failed, [])
    t.ok(asked > 40 * soakMinutes(), `${asked} requests, ${JSON.stringify([done, more])}`)
  }
  t.same(scene.strangers(), strangers, 'what strangers have is as it was')
  t.ok(after.mebibytes - before.mebibytes < 60, `${before.mebibytes.toFixed(0)} to ${after.mebibytes.toFixed(0)} MiB`)
  t.ok(after.descriptors <= before.descriptors + 2, `${before.descriptors} to ${after.descriptors} descriptors`)
})
