import t from 'tap'
import { openNamespace } from '#kernel/namespace.ts'
import { lookUpRoute } from '#kernel/rtnetlink/lookup.ts'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'

t.test('a route is looked up as `ip route get` does', requires('root', 'ip'), async (t) => {
  const host = makeNamespace(t, 'lookup')
  const namespace = openNamespace(host.path)
  t.teardown(() => namespace.close())
  const lookUp = (address: string) => lookUpRoute(address, namespace)
  t.equal(lookUp('192.0.2.9'), undefined, 'no route yet')
  t.equal(lookUp('2001:db8::9'), undefined)
  host.ip(
    'link add br0.x type bridge',
    'link set br0.x up',
    'address add 192.0.2.1/24 dev br0.x',
    'address add 2001:db8::1/64 dev br0.x nodad',
    'route add blackhole 198.51.100.0/24',
    'route add blackhole 2001:db8:1::/64',
  )
  t.strictSame(lookUp('192.0.2.9'), { isLocal: false, device: 'br0.x' })
  t.strictSame(lookUp('192.0.2.1'), { isLocal: true, device: 'lo' })
  t.strictSame(lookUp('127.0.0.5'), { isLocal: true, device: 'lo' })
  t.match(lookUp('2001:db8::1'), { isLocal: true })
  t.strictSame(lookUp('2001:db8::9'), { isLocal: false, device: 'br0.x' })
  t.strictSame([lookUp('198.51.100.1'), lookUp('2001:db8:1::1')], [undefined, undefined], 'forbidden')
})
