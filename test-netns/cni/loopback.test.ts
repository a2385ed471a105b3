import t from 'tap'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { requires } from '../rig/requires.ts'
import { addresses, link } from '../rig/witness-ip.ts'
import { buildExecutables, plugin } from './plugin.ts'

t.before(buildExecutables)

const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0']

/** A host, and a pod as a runtime makes it: with lo down. */
const scene = (owner: Owner) => {
  const host = makeNamespace(owner, 'host')
  const pod = makeNamespace(owner, 'pod')
  pod.exec('ip', 'link', 'set', 'lo', 'down')
  const call = (config: object = {}) => ({
    host: host.name,
    netns: pod.path,
    config: { cniVersion: '1.0.0', name: 'lo', type: 'loopback', ...config },
  })
  return { host, pod, call }
}

const isUp = (pod: NetNamespace): boolean | undefined => link(pod, 'lo')?.flags.includes('UP')

t.test('[loopback 1] [loopback 2] ADD raises lo and DEL takes it down, in every version', requires('root', 'nsenter'), async (t) => {
  for (const cniVersion of VERSIONS) {
    const { pod, call } = scene(t)
    const added = await plugin('loopback').add(call({ cniVersion }))
    t.equal(added.exitCode, 0, cniVersion)
    t.strictSame(added.result, {
      cniVersion,
      interfaces: [{ mac: '00:00:00:00:00:00', name: 'lo', sandbox: pod.path }],
      ips: [
        { address: '127.0.0.1/8', interface: 0 },
        { address: '::1/128', interface: 0 },
      ],
    })
    t.equal(isUp(pod), true)
    for (const time of ['first', 'second']) {
      const { stdout, exitCode } = await plugin('loopback').del(call({ cniVersion }))
      t.strictSame([stdout, exitCode], ['', 0], `${time} DEL`)
      t.equal(isUp(pod), false)
    }
    pod.remove()
  }
})

t.test('CHECK tells whether lo is up', requires('root', 'nsenter'), async (t) => {
  const { pod, call } = scene(t)
  t.match((await plugin('loopback').check(call())).result, { code: 999, msg: 'loopback interface is down' })
  pod.exec('ip', 'link', 'set', 'lo', 'up')
  t.equal((await plugin('loopback').check(call())).exitCode, 0)
})

t.test('an address that others could reach fails ADD', requires('root', 'nsenter'), async (t) => {
  const { pod, call } = scene(t)
  pod.exec('ip', 'address', 'add', '10.9.9.9/32', 'dev', 'lo')
  t.match((await plugin('loopback').add(call())).result, {
    code: 999,
    msg: 'loopback interface found with non-loopback address "10.9.9.9"',
  })
})

t.test('a namespace that is gone fails ADD, and DEL has nothing to do; another file fails both', requires('root', 'nsenter'), async (t) => {
  const { call } = scene(t)
  const gone = { ...call(), netns: '/run/netns/gone' }
  const msg = 'failed to Statfs "/run/netns/gone": no such file or directory'
  t.match((await plugin('loopback').add(gone)).result, { code: 999, msg })
  t.equal((await plugin('loopback').del(gone)).exitCode, 0)
  t.equal((await plugin('loopback').del({ ...gone, netns: '' })).exitCode, 0)
  const file = { ...call(), netns: '/etc/passwd' }
  for (const verb of ['ADD', 'DEL']) {
    t.match(
      (await plugin('loopback').command(verb, file)).result,
      { code: 999, msg: /^unknown FS magic on "\/etc\/passwd": [0-9a-f]+$/ },
      verb,
    )
  }
})

t.test("the host's lo and addresses are not touched", requires('root', 'nsenter'), async (t) => {
  const { host, call } = scene(t)
  const before = addresses(host)
  await plugin('loopback').add(call())
  await plugin('loopback').del(call())
  t.equal(isUp(host), true)
  t.strictSame(addresses(host), before)
})
