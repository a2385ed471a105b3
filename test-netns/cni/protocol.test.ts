import { spawnSync } from 'node:child_process'
import { copyFileSync, linkSync, statSync, symlinkSync } from 'node:fs'
import t from 'tap'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { BIN, buildExecutables, plugin } from './plugin.ts'

t.before(buildExecutables)

const NAMES = ['bridge', 'host-local', 'portmap', 'loopback'] as const
const VERSIONS = '{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}\n'

/** Starts an executable without a namespace of its own: for what needs no root. */
const start = (path: string, env: Record<string, string>, { cwd = '/', argv0 = path } = {}) => {
  const { stdout, stderr, status } = spawnSync(path, { env, cwd, argv0, encoding: 'utf8', input: '' })
  return { stdout, stderr, status }
}

t.test('the four executables are one file', async (t) => {
  const inodes = NAMES.map((name) => statSync(`${BIN}/${name}`).ino)
  t.equal(new Set(inodes).size, 1)
  for (const name of NAMES) t.equal(statSync(`${BIN}/${name}`).mode & 0o777, 0o755, name)
})

t.test('each answers VERSION, and says its name when it is started by hand', async (t) => {
  for (const name of NAMES) {
    t.strictSame(start(`${BIN}/${name}`, { CNI_COMMAND: 'VERSION' }), { stdout: VERSIONS, stderr: '', status: 0 })
    const about = start(`${BIN}/${name}`, {})
    t.match(about.stderr, new RegExp(`^CNI ${name} plugin selvedge v[0-9.]+\nCNI protocol versions supported: 0\\.1\\.0, .*, 1\\.1\\.0\n$`))
    t.strictSame([about.stdout, about.status], ['', 0])
  }
})

t.test('the name of the command line picks the plugin, also of a link; a foreign name is an error object', async (t) => {
  const folder = t.testdir()
  linkSync(`${BIN}/bridge`, `${folder}/loopback`)
  symlinkSync(`${BIN}/bridge`, `${folder}/portmap`)
  symlinkSync(`${BIN}/bridge`, `${folder}/renamed`)
  t.match(start(`${folder}/loopback`, {}).stderr, /^CNI loopback plugin/)
  t.match(start(`${folder}/portmap`, {}).stderr, /^CNI portmap plugin/)
  t.match(start(`${BIN}/bridge`, {}, { argv0: 'host-local' }).stderr, /^CNI host-local plugin/)
  const { stdout, status } = start(`${folder}/renamed`, { CNI_COMMAND: 'VERSION' })
  t.strictSame(
    [JSON.parse(stdout), status],
    [{ code: 999, msg: 'no plugin is called "renamed": name this executable bridge, host-local, portmap, loopback' }, 1],
  )
})

t.test('nothing around it makes the executable something else: variables of Bun and Node, .env, bunfig.toml', async (t) => {
  const folder = t.testdir({
    'evil.ts': 'console.log("evil")',
    '.env': 'CNI_COMMAND=ADD',
    'bunfig.toml': 'preload = ["./evil.ts"]',
    'package.json': '{"type":"commonjs"}',
    'tsconfig.json': '{',
  })
  const preload = `--preload=${folder}/evil.ts`
  for (const env of [
    { BUN_BE_BUN: '1' },
    { BUN_OPTIONS: preload },
    { BUN_INSPECT: '127.0.0.1:0', BUN_INSPECT_PRELOAD: `${folder}/evil.ts` },
    { NODE_OPTIONS: `--require=${folder}/evil.ts` },
    { BUN_CONFIG_PRELOAD: `${folder}/evil.ts` },
    { BUN_JSC_useJIT: '0' },
    { BUN_JSC_dumpOptions: '2' },
  ]) {
    const outcome = start(`${BIN}/loopback`, { CNI_COMMAND: 'VERSION', ...env }, { cwd: folder })
    t.strictSame(outcome, { stdout: VERSIONS, stderr: '', status: 0 }, JSON.stringify(env))
  }
  t.match(
    start(`${BIN}/loopback`, { BUN_OPTIONS: preload }, { cwd: folder }).stderr,
    /^CNI loopback plugin/,
    'without a command .env gives none',
  )
})

t.test('errors are objects on standard output, exit 1, without a final newline', async (t) => {
  for (const name of NAMES) {
    t.strictSame(start(`${BIN}/${name}`, { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c' }), {
      stdout: '{\n    "code": 4,\n    "msg": "required env variables [CNI_NETNS,CNI_IFNAME,CNI_PATH] missing"\n}',
      stderr: '',
      status: 1,
    })
  }
})

t.test('a large config is read whole, one without end is refused', async (t) => {
  const env = { CNI_COMMAND: 'STATUS', CNI_PATH: '/bin' }
  const status = (input: string) => spawnSync(`${BIN}/loopback`, { env, encoding: 'utf8', input })
  const config = (padding: number): string => JSON.stringify({ name: 'n', cniVersion: '1.1.0', padding: 'x'.repeat(padding) })
  t.strictSame([status(config(1 << 20)).stdout, status(config(1 << 20)).status], ['', 0])
  t.match(JSON.parse(status(config(17 << 20)).stdout), { code: 5, msg: 'error reading from stdin: more than 16777216 bytes' })
})

t.test("the plugin's own namespace is refused, after the result is printed", requires('root', 'nsenter'), async (t) => {
  const host = makeNamespace(t, 'host')
  const call = { host: host.name, netns: host.path, config: { cniVersion: '1.0.0', name: 'lo' } }
  const { stdout, exitCode } = await plugin('loopback').add(call)
  const [result = '', error = ''] = stdout.split('}{')
  t.equal(exitCode, 1)
  t.match(JSON.parse(`${result}}`), { cniVersion: '1.0.0', interfaces: [{ name: 'lo' }] })
  t.strictSame(JSON.parse(`{${error}`), { code: 8, msg: "plugin's netns and netns from CNI_NETNS should not be the same" })
  t.equal((await plugin('loopback').add({ ...call, env: { CNI_NETNS_OVERRIDE: '1' } })).exitCode, 0)
})

t.test('a copy of the executable is as good as a link', async (t) => {
  const folder = t.testdir()
  copyFileSync(`${BIN}/bridge`, `${folder}/host-local`)
  t.strictSame(start(`${folder}/host-local`, { CNI_COMMAND: 'VERSION' }), { stdout: VERSIONS, stderr: '', status: 0 })
})
