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

const LO = { mac: '00:00:00:00:00:00', name: 'lo' }
const IPS = [
  { address: '127.0.0.1/8', interface: 0 },
  { address: '::1/128', interface: 0 },
]

t.test('[loopback 1] ADD prints its result and raises lo, in every version', requires('root', 'nsenter'), async (t) => {
  const { pod, call } = scene(t)
  for (const cniVersion of VERSIONS) {
    const { exitCode, result } = await plugin('loopback').add(call({ cniVersion }))
    // As the reference does: the shape of 1.x under whatever version the config names.
    t.strictSame([exitCode, result], [0, { cniVersion, interfaces: [{ ...LO, sandbox: pod.path }], ips: IPS }], cniVersion)
    t.equal(isUp(pod), true)
    pod.exec('ip', 'link', 'set', 'lo', 'down')
  }
})

t.test(
  '[loopback 2] DEL takes lo down and prints nothing, in every version, also a second time',
  requires('root', 'nsenter'),
  async (t) => {
    const { pod, call } = scene(t)
    for (const cniVersion of VERSIONS) {
      pod.exec('ip', 'link', 'set', 'lo', 'up')
      for (const time of ['first', 'second']) {
        t.match(await plugin('loopback').del(call({ cniVersion })), { stdout: '', stderr: '', exitCode: 0 }, `${cniVersion}, ${time} DEL`)
        t.equal(isUp(pod), false)
      }
    }
  },
)

t.test('a config without a version gets the form of 0.1.0', requires('root', 'nsenter'), async (t) => {
  const { call } = scene(t)
  const { result } = await plugin('loopback').add(call({ cniVersion: undefined }))
  t.strictSame(result, { cniVersion: '0.1.0', ip4: { ip: '127.0.0.1/8' }, ip6: { ip: '::1/128' }, dns: {} })
})

t.test('a previous result is passed through in the version of the config', requires('root', 'nsenter'), async (t) => {
  const { pod, call } = scene(t)
  const prevResult = { interfaces: [{ name: 'x', unknown: 1 }], ips: [], dns: { domain: 'd' } }
  for (const cniVersion of ['0.4.0', '1.1.0']) {
    const { result } = await plugin('loopback').add(call({ cniVersion, prevResult }))
    t.strictSame(result, { cniVersion, interfaces: [{ name: 'x' }], dns: { domain: 'd' } })
    t.equal(isUp(pod), true)
  }
  t.match((await plugin('loopback').add(call({ prevResult: { cniVersion: '0.4.0' } }))).result, {
    code: 999,
    msg: 'failed to parse prevResult: could not parse prevResult: result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is "0.4.0"',
  })
})

t.test('GC and STATUS have nothing to do and succeed, as in the reference', requires('root', 'nsenter'), async (t) => {
  const { call } = scene(t)
  for (const verb of ['GC', 'STATUS']) {
    t.match(await plugin('loopback').command(verb, call({ cniVersion: '1.1.0' })), { exitCode: 0, stdout: '' }, verb)
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
