import t from 'tap'
import { CniError } from './error.ts'
import { ENV, fakeHost, type Recorder, recorder, runFirst } from './fake-suite.ts'
import type { Plugin } from './plugin.ts'
import { type Host, run } from './run.ts'

const suiteOf = ({ plugin }: Pick<Recorder, 'plugin'>, host: Host = fakeHost()) => ({ plugins: [plugin], version: 'v1.0.0', host })
const error = (code: number, msg: string, details?: string): string =>
  `{\n    "code": ${code},\n    "msg": ${JSON.stringify(msg)}${details === undefined ? '' : `,\n    "details": ${JSON.stringify(details)}`}\n}`

/** Runs one verb of a recording plugin and gives its output and calls. */
const perform = (env: Record<string, string>, stdin?: string, behaviour: Partial<Plugin> = {}) => {
  const recording = recorder('test', behaviour)
  return { ...runFirst(suiteOf(recording), env, stdin), calls: recording.calls }
}

t.test('[skel] every verb reaches its callback', async (t) => {
  for (const verb of ['ADD', 'CHECK', 'DEL', 'GC', 'STATUS']) t.same(perform({ CNI_COMMAND: verb }).calls, [`${verb} cid1`], verb)
})

t.test('[skel] ADD prints its result in the version of the config, the others print nothing', async (t) => {
  const { stdout, stderr, exitCode } = perform({}, '{"name":"net","cniVersion":"0.2.0"}')
  t.same([JSON.parse(stdout), stderr, exitCode], [{ cniVersion: '0.2.0', ip4: { ip: '10.0.0.2/24' }, dns: {} }, '', 0])
  t.same(JSON.parse(perform({}, '{"name":"net"}').stdout).cniVersion, '0.1.0')
  for (const verb of ['CHECK', 'DEL', 'GC', 'STATUS']) t.match(perform({ CNI_COMMAND: verb }), { stdout: '', stderr: '', exitCode: 0 })
})

t.test('[skel] the call holds environment and config', async (t) => {
  let seen: unknown
  perform({ CNI_COMMAND: 'DEL', CNI_ARGS: 'a=b' }, '{"NAME":"net","x":1}', {
    del: (call) => {
      seen = [call.containerId, call.netns, call.ifname, call.args, call.network, call.cniVersion, call.config.kind]
    },
  })
  t.same(seen, ['cid1', '/run/netns/pod', 'eth0', 'a=b', 'net', '0.1.0', 'object'])
})

t.test('[skel] VERSION answers without a config, and reads none', async (t) => {
  const request = {
    argv0: 'test',
    env: { CNI_COMMAND: 'VERSION' },
    readStdin: () => {
      throw new Error('must not be read')
    },
  }
  t.match(run(suiteOf(recorder('test')), request), {
    stdout: '{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}\n',
    exitCode: 0,
  })
})

t.test('[skel] without a command the plugin says what it is, on standard error', async (t) => {
  t.match(perform({ CNI_COMMAND: '' }), {
    stdout: '',
    stderr: 'CNI test plugin v1.0.0\nCNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n',
    exitCode: 0,
    calls: [],
  })
})

t.test('[skel] failures before the callback: one error object, exit 1, the callback not called', async (t) => {
  const rows: readonly (readonly [Record<string, string>, string, string])[] = [
    [{ CNI_CONTAINERID: '' }, '{}', error(4, 'required env variables [CNI_CONTAINERID] missing')],
    [{}, '', error(6, 'error unmarshall network config: unexpected end of JSON input')],
    [
      {},
      '{"name":1}',
      error(6, 'error unmarshall network config: json: cannot unmarshal number into Go struct field .name of type string'),
    ],
    [{}, 'null', error(7, 'missing network name')],
    [{}, '{"name":"a/b"}', error(7, 'invalid characters found in network name', 'a/b')],
    [{ CNI_COMMAND: 'NOPE' }, '{"name":"n"}', error(4, 'unknown CNI_COMMAND: NOPE')],
    [{ CNI_COMMAND: 'add' }, '{"name":"n"}', error(4, 'unknown CNI_COMMAND: add')],
    [{ CNI_COMMAND: 'constructor' }, '{"name":"n"}', error(4, 'unknown CNI_COMMAND: constructor')],
    [{ CNI_COMMAND: 'NOPE' }, '{}', error(7, 'missing network name')],
    [
      {},
      '{"name":"n","cniVersion":4}',
      error(6, 'decoding version from network config: json: cannot unmarshal number into Go struct field .cniVersion of type string'),
    ],
    [
      {},
      '{"name":"n","cniVersion":"9.9.9"}',
      error(1, 'incompatible CNI versions', 'config is "9.9.9", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]'),
    ],
    [{ CNI_COMMAND: 'STATUS' }, '{"cniVersion":"1.1.0"}', error(7, 'missing network name')],
    [{ CNI_COMMAND: 'GC' }, '{"name":"n","cniVersion":"1.2.3.4"}', error(6, 'invalid version "1.2.3.4": too many parts')],
    [{ CNI_COMMAND: 'CHECK' }, '{"name":"n","cniVersion":"0.3.1"}', error(1, 'config version does not allow CHECK')],
    [{ CNI_COMMAND: 'CHECK' }, '{"name":"n"}', error(1, 'config version does not allow CHECK')],
    [{ CNI_COMMAND: 'GC' }, '{"name":"n","cniVersion":"1.0.0"}', error(1, 'config version does not allow GC')],
    [{ CNI_COMMAND: 'STATUS' }, '{"name":"n","cniVersion":"9.0.0"}', error(1, 'plugin version does not allow STATUS')],
  ]
  for (const [env, stdin, stdout] of rows) {
    t.same(perform(env, stdin), { stdout, stderr: '', exitCode: 1, calls: [] }, JSON.stringify(env) + stdin)
  }
})

t.test('[skel] a config that cannot be read is an I/O error', async (t) => {
  const readStdin = () => {
    throw new Error('EIO')
  }
  t.equal(run(suiteOf(recorder('test')), { argv0: 'test', env: ENV, readStdin }).stdout, error(5, 'error reading from stdin: EIO'))
})

t.test("[skel] a plugin's own code is kept, also inside another error; all else is 999", async (t) => {
  const failing = (thrown: unknown): string =>
    perform({ CNI_COMMAND: 'DEL' }, undefined, {
      del: () => {
        throw thrown
      },
    }).stdout
  t.equal(failing(new CniError(11, 'later', 'd')), error(11, 'later', 'd'))
  t.equal(failing(new Error('outer', { cause: new CniError(50, 'inner') })), error(50, 'inner'))
  t.equal(failing(new Error('plain')), error(999, 'plain'))
  t.equal(failing('text'), error(999, 'text'))
})

t.test('[skel] a verb that a plugin lacks is refused by name', async (t) => {
  const { plugin } = recorder('test')
  const bare = { name: 'test', add: plugin.add, del: plugin.del }
  for (const verb of ['CHECK', 'GC', 'STATUS']) {
    t.match(runFirst(suiteOf({ plugin: bare }), { CNI_COMMAND: verb }), {
      stdout: error(4, `plugin test does not support CNI_COMMAND ${verb}`),
      exitCode: 1,
    })
  }
})

t.test("the plugin's own namespace is refused after the work is done: ADD prints two documents", async (t) => {
  const message = "plugin's netns and netns from CNI_NETNS should not be the same"
  const own = (env: Record<string, string>) => {
    const recording = recorder('test')
    return { ...runFirst(suiteOf(recording, fakeHost({ ownNamespace: ENV.CNI_NETNS })), env), calls: recording.calls }
  }
  const added = own({})
  t.same([added.exitCode, added.calls], [1, ['ADD cid1']])
  t.ok(added.stdout.endsWith(`\n}${error(8, message)}`))
  t.match(own({ CNI_COMMAND: 'DEL' }), { stdout: error(8, message), exitCode: 1, calls: ['DEL cid1'] })
  t.match(own({ CNI_COMMAND: 'CHECK' }), { stdout: '', exitCode: 0 })
  t.match(own({ CNI_NETNS_OVERRIDE: 'TRUE' }), { exitCode: 0 })
})

t.test('an executable under a foreign name says which names it knows', async (t) => {
  t.match(run(suiteOf(recorder('test')), { argv0: '/opt/cni/bin/other', env: ENV, readStdin: () => Buffer.of() }), {
    stdout: error(999, 'no plugin is called "other": name this executable test'),
    exitCode: 1,
  })
})

t.test('warnings go to standard error', async (t) => {
  t.equal(perform({ CNI_COMMAND: 'DEL' }, undefined, { del: (call) => call.warn('careful') }).stderr, 'careful\n')
})
