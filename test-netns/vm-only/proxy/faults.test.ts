/**
 * The proxy on a real kernel while it is killed, its objects change and others take away what is its own: a Service that always has a
 * ready pod answers every request, the table becomes right each time, and what strangers have stays theirs. SOAK_SEED repeats a run.
 */
import t from 'tap'
import { chooseSeed, makeRandom } from '../../cni/faults/random.ts'
import { ask } from '../../rig/ask.ts'
import { requires } from '../../rig/requires.ts'
import { until } from '../../rig/until.ts'
import { ipvsRules } from '../../rig/witness-ipvs.ts'
import { deadline } from '../../soak.ts'
import { churn, sizeOf } from './faults/churn.ts'
import { makeFaultScene, STEADY, STRANGERS_RULES, startTraffic } from './faults/scene.ts'

t.setTimeout(600_000)

const seed = chooseSeed()
const URL = `http://${STEADY}/`

t.test(`the proxy under faults (seed ${seed})`, requires('root', 'ipvs', 'nft', 'ipvsadm', 'curl', 'openssl'), async (t) => {
  const scene = await makeFaultScene(t)
  const { node, cluster, pods } = scene
  const [here] = pods
  if (here === undefined) throw new Error('there are pods')
  const strangers = scene.strangers()
  await scene.untilRight('the first Service stands')

  await t.test('churn, kill -9 and restarts: no request fails', async (t) => {
    const traffic = [await startTraffic(t, cluster.client, URL), await startTraffic(t, here.namespace, URL)]
    const done = await churn(scene, makeRandom(seed), deadline(0.75))
    await scene.untilRight('the table is right after all')
    for (const each of traffic) {
      const { asked, failed } = await each.end()
      t.same(failed, [])
      t.ok(asked > 50, `${asked} requests, ${JSON.stringify(done)}`)
    }
    t.same(scene.strangers(), strangers, 'what strangers have is as it was')
  })

  await t.test('everything of ours taken away by others is back, and what they have stays', async (t) => {
    const inNode = node.namespace
    const routes = (): string => inNode.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83')
    const table = (): string => inNode.exec('nft', 'list', 'table', 'inet', 'selvedge').replaceAll(/ # handle \d+| expires \w+/g, '')
    const before = { rules: ipvsRules(inNode), routes: routes(), table: table() }
    inNode.exec('ipvsadm', '-C')
    inNode.exec('nft', 'flush', 'ruleset')
    inNode.exec('ip', 'link', 'delete', 'kube-dummy-if')
    inNode.exec('sysctl', '-w', 'net.ipv4.vs.conntrack=0')
    await until(
      'all is back',
      () => {
        const rules = ipvsRules(inNode)
        const ours = before.rules.filter((line) => !STRANGERS_RULES.includes(line))
        return JSON.stringify(rules) === JSON.stringify(ours) && routes() === before.routes
      },
      () => ({ rules: ipvsRules(inNode), routes: routes(), log: scene.proxy().output().slice(-3000) }),
      { seconds: 40, pause: 500 },
    )
    await until(
      'the table is back',
      () => inNode.attempt('nft', 'list', 'table', 'inet', 'selvedge').exitCode === 0 && table() === before.table,
      () => ({ table: inNode.attempt('nft', 'list', 'table', 'inet', 'selvedge').stdout, before: before.table }),
      { seconds: 20, pause: 500 },
    )
    t.match(inNode.exec('sysctl', '-n', 'net.ipv4.vs.conntrack'), '1')
    t.type(ask(cluster.client, URL), 'object', 'and it answers')
  })

  await t.test('a proxy that has lived through changes is no larger for it', async (t) => {
    const { pid } = scene.proxy()
    const before = sizeOf(pid)
    for (let round = 0; round < 30; round++) await scene.put('steady', STEADY, round % 2 === 0 ? [here] : pods)
    const after = sizeOf(pid)
    t.ok(
      after.mebibytes - before.mebibytes < 40,
      `${before.mebibytes.toFixed(0)} to ${after.mebibytes.toFixed(0)} MiB; 40 more are the collector’s slack`,
    )
    t.ok(after.descriptors <= before.descriptors + 2, `${before.descriptors} to ${after.descriptors} descriptors`)
  })
})
