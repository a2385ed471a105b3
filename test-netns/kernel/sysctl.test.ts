import t from 'tap'
import { openNamespace } from '#kernel/namespace.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'

const NEEDS = requires('root', 'ip')
const FORWARDING = 'net/ipv4/ip_forward'

t.test('parameters are those of the namespace', NEEDS, async (t) => {
  const [one, other] = [makeNamespace(t, 'sysctl'), makeNamespace(t, 'sysctl')]
  const namespace = openNamespace(one.path)
  t.teardown(() => namespace.close())
  const sysctls = openSysctls(namespace)
  const told = ({ exec }: typeof one) => exec('cat', `/proc/sys/${FORWARDING}`)
  const own = openSysctls().read(FORWARDING)
  for (const value of ['0', '1']) {
    other.exec('sh', '-c', `echo 0 > /proc/sys/${FORWARDING}`)
    sysctls.write(FORWARDING, value)
    t.equal(sysctls.read(FORWARDING), value)
    t.equal(told(one), value)
    t.equal(told(other), '0')
    t.equal(openSysctls().read(FORWARDING), own)
  }
})

t.test('[utils] ensuring writes what differs, and only that', NEEDS, async (t) => {
  const namespace = openNamespace(makeNamespace(t, 'sysctl').path)
  t.teardown(() => namespace.close())
  const sysctls = openSysctls(namespace)
  sysctls.write(FORWARDING, '0')
  t.equal(sysctls.ensure(FORWARDING, '1'), true)
  t.equal(sysctls.ensure(FORWARDING, '1'), false)
  t.equal(sysctls.read(FORWARDING), '1')
})

t.test('[utils] a device’s name may hold dots', NEEDS, async (t) => {
  const made = makeNamespace(t, 'sysctl')
  made.exec('ip', 'link', 'add', 'eth0.5..x', 'type', 'bridge')
  const namespace = openNamespace(made.path)
  t.teardown(() => namespace.close())
  t.equal(openSysctls(namespace).ensure('net/ipv4/conf/eth0.5..x/arp_notify', '1'), true)
  t.equal(made.exec('cat', '/proc/sys/net/ipv4/conf/eth0.5..x/arp_notify'), '1')
})

t.test('values of several words keep their tabs', NEEDS, async (t) => {
  const namespace = openNamespace(makeNamespace(t, 'sysctl').path)
  t.teardown(() => namespace.close())
  openSysctls(namespace).write('net/ipv4/ip_local_port_range', '30000 40000')
  t.equal(openSysctls(namespace).read('net/ipv4/ip_local_port_range'), '30000\t40000')
})

t.test('no such parameter, and no such value, have codes', NEEDS, async (t) => {
  const namespace = openNamespace(makeNamespace(t, 'sysctl').path)
  t.teardown(() => namespace.close())
  const sysctls = openSysctls(namespace)
  t.throws(() => sysctls.read('net/ipv4/conf/none/forwarding'), { code: 'ENOENT' })
  t.throws(() => sysctls.write('net/ipv4/conf/none/forwarding', '1'), { code: 'ENOENT' })
  t.throws(() => sysctls.ensure('net/ipv4/conf/none/forwarding', '1'), { code: 'ENOENT' })
  t.throws(() => sysctls.write(FORWARDING, 'yes'), { code: 'EINVAL' })
})
