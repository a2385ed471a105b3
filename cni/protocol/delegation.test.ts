import t from 'tap'
import { CniError } from './error.ts'
import { ENV, type FakeMachine, fakeHost, recorder, runFirst } from './fake-suite.ts'
import type { Plugin } from './plugin.ts'
import { EMPTY_RESULT, type WrittenResult } from './result.ts'

const CONFIG = '{"name":"net", "cniVersion":"1.0.0",  "ipam":{"type":"ipam"}}'
const PRINTED = '{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.9/24","gateway":"10.0.0.1"}]}'
const IPAM_RESULT = { cniVersion: '1.0.0', ips: [{ address: '10.0.0.9/24', gateway: '10.0.0.1' }] }

/** A plugin that leaves everything to the plugin `type`. */
const forwarding = (type: string): Plugin => ({
  name: 'main',
  add: (call) => call.delegate.add(type),
  del: (call) => call.delegate.del(type),
  check: (call) => call.delegate.check(type),
  gc: (call) => call.delegate.gc(type),
  status: (call) => call.delegate.status(type),
})

const perform = (machine: FakeMachine, env: Record<string, string> = {}, others: readonly Plugin[] = [], type = 'ipam', config = CONFIG) =>
  runFirst({ plugins: [forwarding(type), ...others], version: 'v1', host: fakeHost(machine) }, env, config)

const failure = ({ stdout }: { stdout: string }): unknown => JSON.parse(stdout)

t.test('[invoke] a foreign plugin is executed with the same bytes and the same environment', async (t) => {
  const executed: NonNullable<FakeMachine['executed']> = []
  const outcome = perform({ files: { '/bin2/ipam': { stdout: PRINTED, stderr: 'note\n' } }, executed }, { OTHER: 'kept' })
  t.same(JSON.parse(outcome.stdout), IPAM_RESULT)
  t.equal(outcome.stderr, 'note\n')
  t.same(executed, [{ path: '/bin2/ipam', env: { ...ENV, OTHER: 'kept', CNI_COMMAND: 'ADD' }, stdin: CONFIG }])
})

t.test('[invoke] every verb is passed on', async (t) => {
  const config = CONFIG.replace('1.0.0', '1.1.0')
  for (const verb of ['DEL', 'CHECK', 'GC', 'STATUS']) {
    const executed: NonNullable<FakeMachine['executed']> = []
    const host = fakeHost({ files: { '/bin1/ipam': { stdout: '', stderr: '' } }, executed })
    t.match(runFirst({ plugins: [forwarding('ipam')], version: 'v1', host }, { CNI_COMMAND: verb }, config), { stdout: '', exitCode: 0 })
    t.same(
      executed.map(({ env }) => env.CNI_COMMAND),
      [verb],
    )
  }
})

t.test('[invoke] the error of a failed plugin is printed unchanged, its standard error is not', async (t) => {
  const outcome = perform({
    files: { '/bin1/ipam': { stdout: '{"code":11,"msg":"m","details":"d"}', stderr: 'noise', failure: 'exit status 1' } },
  })
  t.same(failure(outcome), { code: 11, msg: 'm', details: 'd' })
  t.equal(outcome.stderr, '')
})

t.test('an address whose result cannot be read is given back', async (t) => {
  const executed: NonNullable<FakeMachine['executed']> = []
  const rubbish = '{"cniVersion":"1.0.0","ips":[{"address":"x"}]}'
  t.match(failure(perform({ files: { '/bin1/ipam': { stdout: rubbish, stderr: '' } }, executed })), { msg: 'invalid CIDR address: x' })
  t.same(
    executed.map(({ env }) => env.CNI_COMMAND),
    ['ADD', 'DEL'],
  )
})

t.test('[invoke] a plugin that is not there is an ordinary error', async (t) => {
  t.same(failure(perform({})), { code: 999, msg: 'failed to find plugin "ipam" in path [/bin1 /bin2]' })
})

const FULL: WrittenResult = {
  interfaces: [
    { name: 'eth0', mac: '0a:00:00:00:00:01', mtu: 1400, sandbox: '/run/netns/pod', socketPath: '/s', pciID: '0000:00:1f.6' },
    { name: 'br0' },
  ],
  ips: [
    { interface: 0, address: { address: '10.0.0.9', prefixLength: 24 }, gateway: '10.0.0.1' },
    { address: { address: '2001:db8::9', prefixLength: 64 } },
  ],
  routes: [
    { dst: { address: '0.0.0.0', prefixLength: 0 }, gw: '10.0.0.1', mtu: 1300, advmss: 1200, priority: 7, table: 100, scope: 0 },
    { dst: { address: '10.9.8.7', prefixLength: 8 } },
  ],
  dns: { nameservers: ['10.0.0.53'], domain: 'a.example', search: ['b.example'], options: ['ndots:5'] },
}

t.test('our own plugin runs in this process, with the same outcome as when executed', async (t) => {
  const cases: readonly (readonly [string, Partial<Plugin>])[] = [
    ['success', {}],
    ['all that a result can say', { add: () => FULL }],
    ['nothing', { add: () => EMPTY_RESULT }],
    ['an address that is missing', { add: () => ({ ...EMPTY_RESULT, ips: [{ address: undefined }] }) }],
    [
      'a CNI error',
      {
        add: () => {
          throw new CniError(50, 'none left', 'd')
        },
      },
    ],
    [
      'a warning',
      {
        add: (call) => {
          call.warn('careful')
          return recorder('x').plugin.add(call)
        },
      },
    ],
  ]
  for (const version of ['0.2.0', '0.4.0', '1.0.0', '1.1.0'])
    for (const [name, behaviour] of cases) {
      const config = CONFIG.replace('1.0.0', version)
      const ipam = recorder('ipam', behaviour).plugin
      const { result: _, ...alone } = runFirst({ plugins: [ipam], version: 'v1', host: fakeHost() }, {}, config)
      const execution = { ...alone, ...(alone.exitCode === 1 && { failure: 'exit status 1' }) }
      const executed = perform({ files: { '/bin1/ipam': execution } }, {}, [], 'ipam', config)
      const files = { '/bin1/ipam': { stdout: 'must not be executed', stderr: '', failure: 'exit status 1' } }
      t.same(perform({ files, ownExecutable: '/bin1/ipam' }, {}, [ipam], 'ipam', config), executed, `${name} in ${version}`)
    }
})

t.test('[invoke] every verb has the same outcome in this process as when executed: success, its own code, another error', async (t) => {
  const failing = (error: Error) => () => {
    throw error
  }
  for (const command of ['ADD', 'CHECK', 'DEL', 'GC', 'STATUS']) {
    const verb = command.toLowerCase()
    for (const behaviour of [{}, { [verb]: failing(new CniError(50, 'none left', 'd')) }, { [verb]: failing(new Error('plain')) }]) {
      const ipam = recorder('ipam', behaviour)
      const config = CONFIG.replace('1.0.0', '1.1.0')
      const env = { CNI_COMMAND: command }
      const { result: _, ...alone } = runFirst({ plugins: [ipam.plugin], version: 'v1', host: fakeHost() }, env, config)
      const files = { '/bin1/ipam': { ...alone, ...(alone.exitCode === 1 && { failure: 'exit status 1' }) } }
      const plugins = [forwarding('ipam'), ipam.plugin]
      const executed = runFirst({ plugins, version: 'v1', host: fakeHost({ files }) }, env, config)
      const here = runFirst({ plugins, version: 'v1', host: fakeHost({ files, ownExecutable: '/bin1/ipam' }) }, env, config)
      t.same(here, executed, command)
      t.equal(here.exitCode, Object.keys(behaviour).length, command)
    }
  }
})

t.test('the same file under a name that is none of ours is executed', async (t) => {
  const executed: NonNullable<FakeMachine['executed']> = []
  perform({ files: { '/bin1/ipam': { stdout: PRINTED, stderr: '' } }, ownExecutable: '/bin1/ipam', executed })
  t.equal(executed.length, 1)
})

t.test('a plugin that is its own IPAM is refused instead of going round for ever', async (t) => {
  const machine = { files: { '/bin1/main': { stdout: '', stderr: '' } }, ownExecutable: '/bin1/main' }
  t.same(failure(perform(machine, {}, [], 'main')), { code: 999, msg: 'plugin main cannot delegate to itself' })
})

t.test('a plugin of ours that this call has not loaded is executed', async (t) => {
  const executed: NonNullable<FakeMachine['executed']> = []
  const host = fakeHost({ files: { '/bin1/ipam': { stdout: PRINTED, stderr: '' } }, ownExecutable: '/bin1/ipam', executed })
  const suite = { plugins: [forwarding('ipam')], names: ['main', 'ipam'], version: 'v1', host }
  t.same(JSON.parse(runFirst(suite, {}, CONFIG).stdout), IPAM_RESULT)
  t.equal(executed.length, 1)
})
