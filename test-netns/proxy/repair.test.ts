/** What others do to the ruleset, and how soon it is right again. */
import t from 'tap'
import type { NetNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { link } from '../rig/witness-ip.ts'
import { makeScene, soon, VIP } from './repairing.ts'

const NEEDS = requires('root', 'nft', 'ip', 'iptables-nft', 'iptables-legacy')

const listing = (host: NetNamespace): string => host.exec('nft', '--stateless', 'list', 'ruleset')
const RULE = 'accept comment "selvedge: packets of Services"'

t.test('what others do to the ruleset', { ...NEEDS, timeout: 120_000 }, async (t) => {
  const { host, controller, told, started } = makeScene(t)
  await until(
    'it is ready',
    () => controller.status().ready,
    () => told,
  )
  const whole = listing(host)
  const seen = (): unknown => [listing(host), told]
  t.match(whole, `elements = { ${VIP} . tcp . 80 }`)

  await t.test('a flushed ruleset is whole again', async (t) => {
    host.exec('nft', 'flush', 'ruleset')
    await soon(t, { what: 'the ruleset is what it was', isSo: () => listing(host) === whole, seen })
  })

  await t.test('so is one with an element less, an element more, a rule less', async (t) => {
    host.exec('nft', 'delete', 'element', 'inet', 'selvedge', 'vip4', `{ ${VIP} . tcp . 80 }`)
    host.exec('nft', 'add', 'element', 'inet', 'selvedge', 'nodeport4', '{ 192.0.2.1 . tcp . 22 }')
    await soon(t, { what: 'the elements are what they were', isSo: () => listing(host) === whole, seen })
    host.exec('nft', 'flush', 'chain', 'inet', 'selvedge', 'input')
    await soon(t, { what: 'the rules are what they were', isSo: () => listing(host) === whole, seen })
  })

  await t.test('a firewall that is loaded gets our rule, and again when it is loaded anew', async (t) => {
    for (const round of ['loaded', 'loaded anew']) {
      host.execWithInput(
        'flush ruleset\ntable inet fw {\nchain in {\ntype filter hook input priority 0; policy drop;\n}\n}\n',
        'nft',
        '-f',
        '-',
      )
      const isThere = (): boolean => [RULE, `elements = { ${VIP} . tcp . 80 }`].every((text) => listing(host).includes(text))
      await soon(t, { what: `the rule is there, and the Service, ${round}`, isSo: isThere, seen })
    }
    host.exec('nft', 'delete', 'table', 'inet', 'fw')
  })

  await t.test('the link of the VIPs is up again when somebody sets it down', async (t) => {
    host.ip('link set kube-dummy-if down')
    t.equal(link(host, 'kube-dummy-if')?.flags.includes('UP'), false)
    await soon(t, { what: 'it is up', isSo: () => link(host, 'kube-dummy-if')?.flags.includes('UP') === true, seen })
    t.match(host.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83'), VIP)
  })

  await t.test('when nobody writes, nothing is started and nothing is told', async (t) => {
    await until(
      'the loop has settled',
      () => told.every((line) => !line.startsWith('audit')),
      () => told,
    )
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const [processes, lines] = [started(), told.length]
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    t.same([started(), told.length], [processes, lines])
  })
})
