import t from 'tap'
import { ask } from '../rig/ask.ts'
import { startEcho } from '../rig/echo.ts'
import { join } from '../rig/link.ts'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { BY_IPTABLES, BY_NFTABLES, makeRulesScene, V4, V6 } from './bridge-rules-scene.ts'
import { resultOf } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'

t.before(buildExecutables)

for (const [title, fields] of [
  ['iptables', BY_IPTABLES],
  ['nftables', BY_NFTABLES],
] as const) {
  t.test(`by ${title} a pod is seen as the host outside, and as itself in its own subnet`, requires('root', 'curl'), async (t) => {
    const scene = makeRulesScene(t)
    const outside = makeNamespace(t, 'outside')
    join(
      { namespace: outside, device: 'eth0', addresses: ['192.0.2.2/24', 'fd02::2/64'] },
      { namespace: scene.host, device: 'eth0', addresses: ['192.0.2.1/24', 'fd02::1/64'] },
    )
    const [pod, other] = [scene.makePod(), scene.makePod()]
    const config = { ...fields, isDefaultGateway: true, ipam: scene.ipam([V4, V6]) }
    for (const each of [pod, other]) resultOf(await scene.add(each, config))
    await startEcho(t, outside, 'outside', 80)
    await startEcho(t, other, 'other', 80)
    t.match(ask(pod, 'http://192.0.2.2/'), { name: 'outside', client: '192.0.2.1' })
    t.match(ask(pod, 'http://[fd02::2]/'), { name: 'outside', client: 'fd02::1' })
    t.match(ask(pod, 'http://10.1.2.3/'), { name: 'other', client: '10.1.2.2' })
    t.match(ask(pod, 'http://[fd00:1:2::3]/'), { name: 'other', client: 'fd00:1:2::2' })
  })
}

t.test('macspoofchk drops what a pod sends from another hardware address', requires('root', 'ping'), async (t) => {
  const scene = makeRulesScene(t)
  const [pod, free] = [scene.makePod(), scene.makePod()]
  const config = { isGateway: true, ipam: scene.ipam([V4]) }
  resultOf(await scene.add(pod, { ...config, macspoofchk: true }))
  resultOf(await scene.add(free, config))
  const reaches = (from: typeof pod): boolean => from.attempt('ping', '-q', '-c', '1', '-w', '2', '10.1.2.1').exitCode === 0
  t.strictSame([reaches(pod), reaches(free)], [true, true])
  for (const each of [pod, free]) each.ip('link set eth0 address 02:00:00:00:00:99', 'neighbor flush dev eth0')
  t.strictSame([reaches(pod), reaches(free)], [false, true], 'the other one, unchecked, is heard')
})
