/** What others do to the node's links, addresses and routes, and how soon the VIPs are right again. */
import t from 'tap'
import type { NetNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { makeScene, soon, VIP, VIP6 } from './repairing.ts'

const NEEDS = requires('root', 'nft', 'ip', 'iptables-nft', 'iptables-legacy', 'sysctl')

/** Where our VIPs lead, and from where the node reaches them. */
const routes = (host: NetNamespace): string[] =>
  ['-4', '-6'].flatMap((family) =>
    host
      .exec('ip', family, 'route', 'show', 'table', 'local', 'proto', '83')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^local (\S+) dev (\S+)(.*? src (\S+))?.*$/, '$1 $2 $4').trim()),
  )

const WHOLE = [`${VIP} kube-dummy-if 192.0.2.1`, `${VIP6} kube-dummy-if fd00::1`]

t.test('what others do to links, addresses and routes', { ...NEEDS, timeout: 120_000 }, async (t) => {
  const { host, controller, told } = makeScene(t)
  const seen = (): unknown => [routes(host), told]
  const areWhole = (): boolean => routes(host).join() === WHOLE.join()
  await until('it is ready', () => controller.status().ready, seen)
  t.same(routes(host), WHOLE)

  await t.test('the last IPv4 address of the VIPs’ link goes, and takes all routes over it along', async (t) => {
    host.ip('address add 198.51.100.1/32 dev kube-dummy-if', 'address delete 198.51.100.1/32 dev kube-dummy-if')
    t.same(routes(host), WHOLE.slice(1))
    await soon(t, { what: 'the routes are back', isSo: areWhole, seen })
  })

  await t.test('the VIPs’ link goes down and up at once', async (t) => {
    host.ip('link set kube-dummy-if down', 'link set kube-dummy-if up')
    t.same(routes(host), WHOLE.slice(0, 1))
    await soon(t, { what: 'the routes are back', isSo: areWhole, seen })
  })

  await t.test('the same where the kernel does not tell of routes that go with a link', async (t) => {
    host.exec('sysctl', '-qw', 'net.ipv6.route.skip_notify_on_dev_down=1')
    host.ip('link set kube-dummy-if down', 'link set kube-dummy-if up')
    t.same(routes(host), WHOLE.slice(0, 1))
    await soon(t, { what: 'the routes are back', isSo: areWhole, seen })
  })

  await t.test('somebody deletes our routes', async (t) => {
    for (const family of ['-4', '-6']) host.exec('ip', family, 'route', 'flush', 'table', 'local', 'proto', '83')
    t.same(routes(host), [])
    await soon(t, { what: 'the routes are back', isSo: areWhole, seen })
  })

  await t.test('the node loses its addresses, and gets them again: VIPs stay local all the time', async (t) => {
    host.ip('address delete 192.0.2.1/24 dev eth0', 'address delete fd00::1/64 dev eth0')
    const sourceless = (): boolean => routes(host).join() === `${VIP} kube-dummy-if,${VIP6} kube-dummy-if`
    await soon(t, { what: 'the routes name no address that is gone', isSo: sourceless, seen })
    host.ip('address add 192.0.2.1/24 dev eth0', 'address add fd00::1/64 dev eth0 nodad')
    await soon(t, { what: 'the routes name the addresses again', isSo: areWhole, seen })
  })

  await t.test('lo and the uplink go down and up, and pods come and go: nothing is repaired that is not broken', async (t) => {
    host.ip('link set lo down', 'link set lo up', 'link set eth0 down', 'link set eth0 up', 'address replace fd00::1/64 dev eth0 nodad')
    await soon(t, { what: 'all is as it was', isSo: areWhole, seen })
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    const lines = told.length
    host.ip('link add pod0 type veth peer name pod1', 'link set pod0 up', 'link set pod1 up', 'link delete pod0')
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    t.same(told.slice(lines), [])
    t.same(routes(host), WHOLE)
    t.same(controller.status().failures.size, 0)
  })
})
