import t from 'tap'
import { KernelError } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import type { Link, LinkAddress, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { ENV, fakeHost, runFirst } from '../protocol/fake-suite.ts'
import { createLoopback } from './plugin.ts'

const LO: Link = { index: 1, name: 'lo', mtu: 65536, mac: '00:00:00:00:00:00', up: false, operState: 'unknown', promiscuity: 0 }
const address = (text: string, prefixLength: number): LinkAddress => ({ address: text, prefixLength, link: 1, scope: 254, flags: 0x80 })
const BOTH = [address('127.0.0.1', 8), address('127.0.0.2', 8), address('::1', 128)]

interface FakePod {
  readonly up?: boolean
  readonly addresses?: readonly LinkAddress[]
  readonly opening?: Error
}

/** The plugin in a container whose only link is lo; `changes` records what it did, `open` what it left open. */
const pod = ({ up = false, addresses = BOTH, opening }: FakePod = {}) => {
  const changes: string[] = []
  const open = new Set<string>()
  const closing = (what: string): (() => void) => {
    open.add(what)
    return () => void open.delete(what)
  }
  const openNamespace = (path: string): Namespace => {
    if (opening !== undefined) throw opening
    return { path, fd: 3, close: closing('namespace') }
  }
  const openRtnetlink = (namespace: Namespace): Rtnetlink => {
    const partial: Partial<Rtnetlink> = {
      link: (name) => (name === 'lo' ? { ...LO, up } : undefined),
      changeLink: (index, change) => void changes.push(`${namespace.path} ${index} ${JSON.stringify(change)}`),
      addresses: () => [...addresses],
      close: closing('rtnetlink'),
    }
    return partial as Rtnetlink
  }
  const suite = { plugins: [createLoopback({ openNamespace, openRtnetlink })], version: 'v1', host: fakeHost() }
  const call = (verb: string, config: object = {}, env: Record<string, string> = {}) => {
    const outcome = runFirst(suite, { CNI_COMMAND: verb, ...env }, JSON.stringify({ name: 'lo', ...config }))
    t.same([...open], [], 'nothing is left open')
    return { exitCode: outcome.exitCode, result: outcome.stdout === '' ? undefined : JSON.parse(outcome.stdout) }
  }
  return { call, changes }
}

const INTERFACE = { mac: '00:00:00:00:00:00', name: 'lo', sandbox: ENV.CNI_NETNS }

t.test('ADD raises lo, whatever the interface is called, and reports the first address of each family', async (t) => {
  const { call, changes } = pod()
  t.same(call('ADD', { cniVersion: '1.0.0' }, { CNI_IFNAME: 'eth7' }).result, {
    cniVersion: '1.0.0',
    interfaces: [INTERFACE],
    ips: [
      { address: '127.0.0.1/8', interface: 0 },
      { address: '::1/128', interface: 0 },
    ],
  })
  t.same(changes, ['/run/netns/pod 1 {"up":true}'])
})

t.test('a config that names an old version gets the new shape under the old name, one that names none the oldest', async (t) => {
  for (const cniVersion of ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0']) {
    t.same(pod({ addresses: [] }).call('ADD', { cniVersion }).result, { cniVersion, interfaces: [INTERFACE] })
  }
  t.same(pod().call('ADD').result, { cniVersion: '0.1.0', ip4: { ip: '127.0.0.1/8' }, ip6: { ip: '::1/128' }, dns: {} })
})

t.test('in a chain the result before it is passed on', async (t) => {
  const prevResult = { cniVersion: '0.4.0', ips: [{ version: '4', address: '10.0.0.2/24' }], dns: {} }
  t.same(pod().call('ADD', { cniVersion: '0.4.0', prevResult }).result, prevResult)
  t.same(pod().call('ADD', { cniVersion: '0.4.0', prevResult: { ips: [{ address: 'x' }] } }).result, {
    code: 999,
    msg: 'failed to parse prevResult: could not parse prevResult: invalid CIDR address: x',
  })
})

t.test('an address that is not of this host alone is refused', async (t) => {
  t.match(pod({ addresses: [...BOTH, address('10.0.0.1', 32)] }).call('ADD').result, {
    msg: 'loopback interface found with non-loopback address "10.0.0.1"',
  })
  t.match(pod({ addresses: [address('fd00::1', 128)] }).call('ADD').result, {
    msg: 'loopback interface found with non-loopback address "fd00::1"',
  })
})

const GONE = new KernelError('failed to Statfs "/run/netns/pod"', 2)

t.test('a namespace that is gone fails ADD and CHECK, and DEL has nothing to do', async (t) => {
  const msg = 'failed to Statfs "/run/netns/pod": no such file or directory'
  t.match(pod({ opening: GONE }).call('ADD').result, { code: 999, msg })
  t.match(pod({ opening: GONE }).call('CHECK', { cniVersion: '0.4.0' }).result, { code: 999, msg })
  t.match(pod({ opening: GONE }).call('DEL'), { exitCode: 0, result: undefined })
  t.match(pod({ opening: GONE }).call('DEL', {}, { CNI_NETNS: '' }), { exitCode: 0 })
})

t.test('a namespace that is no namespace fails DEL too', async (t) => {
  t.match(pod({ opening: new Error('unknown FS magic on "/run/netns/pod": ef53') }).call('DEL').result, {
    msg: 'unknown FS magic on "/run/netns/pod": ef53',
  })
})

t.test('DEL takes lo down, CHECK wants it up', async (t) => {
  const { call, changes } = pod()
  t.match(call('DEL'), { exitCode: 0, result: undefined })
  t.same(changes, ['/run/netns/pod 1 {"up":false}'])
  t.match(pod({ up: true }).call('CHECK', { cniVersion: '0.4.0' }), { exitCode: 0 })
  t.match(pod({ up: false }).call('CHECK', { cniVersion: '0.4.0' }).result, { msg: 'loopback interface is down' })
})

t.test('a config of the wrong types is refused in Go’s words', async (t) => {
  t.match(pod().call('ADD', { capabilities: 1 }).result, {
    msg: /^failed to parse network config: json: cannot unmarshal number into Go struct field PluginConf\.capabilities of type map/,
  })
})
