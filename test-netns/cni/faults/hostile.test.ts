/** Names that try to leave their folder, and environments that try to make something else of the executable. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { BIN, buildExecutables, plugin } from '../plugin.ts'
import { makeLeaseScene } from './leases.ts'

t.before(buildExecutables)

const NEEDS = requires('root')

const NAMES = [
  '..',
  '.',
  '../x',
  '../../x',
  '/x',
  'a/b',
  'a/../../x',
  'a\0b',
  'a\n',
  ' a',
  '-a',
  '.a',
  '%2e%2e',
  '..%2f',
  '…',
  'a\\b',
  '',
  'a b',
  '$(id)',
  'ſ',
]

/** A title of a test point must be short and without control characters. */
const shown = (text: string): string =>
  JSON.stringify(text)
    .replaceAll(/[^ -~]/g, '?')
    .slice(0, 60)

const below = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()

t.test('a network’s name is a file name, or refused before anything is written', NEEDS, async (t) => {
  const scene = makeLeaseScene(t)
  const before = below(scene.folder)
  const calls = [...NAMES.map((name) => ['ADD', name] as const), ...['DEL', 'CHECK', 'GC', 'STATUS'].map((verb) => [verb, '../x'] as const)]
  for (const [verb, name] of calls) {
    const { exitCode, result } = await scene.call(verb, 'one', { name })
    t.match({ exitCode, result }, { exitCode: 1, result: { code: 7, msg: /network name/ } }, `${verb} ${shown(name)}`)
  }
  t.strictSame(below(scene.folder), before)
})

t.test('a network’s name that is too long for a file fails, and nothing is left', NEEDS, async (t) => {
  const scene = makeLeaseScene(t)
  const before = below(scene.folder)
  t.match(await scene.call('ADD', 'one', { name: 'n'.repeat(300) }), { exitCode: 1, result: { code: 999, msg: /file name too long/ } })
  t.strictSame(below(scene.folder), before)
})

t.test('container ids and interface names stay what they are', NEEDS, async (t) => {
  const scene = makeLeaseScene(t)
  for (const name of NAMES.filter((each) => !each.includes('\0') && each !== '')) {
    t.match(await scene.call('ADD', name), { exitCode: 1, result: { code: 4 } }, `container ${shown(name)}`)
  }
  for (const ifname of ['..', '.', '../x', 'a/b', 'a b', 'a:b', 'x'.repeat(16), 'a\tb']) {
    const outcome = await plugin('host-local').add({ host: scene.host, netns: '/nowhere', ifname, config: scene.config })
    t.match(outcome, { exitCode: 1, result: { code: 4 } }, `interface ${shown(ifname)}`)
  }
  t.strictSame(scene.names(), [])
})

/** Variables that Bun, Node or libraries inside the executable look at. */
const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  { BUN_BE_BUN: '1' },
  { BUN_OPTIONS: '--preload=/nowhere' },
  { BUN_OPTIONS: '--print=1' },
  { BUN_INSPECT: '127.0.0.1:0?wait=1' },
  { BUN_INSPECT_PRELOAD: '/nowhere', BUN_INSPECT_CONNECT_TO: '127.0.0.1:1' },
  { NODE_OPTIONS: '--require=/nowhere --inspect' },
  { BUN_JSC_useJIT: '0', BUN_JSC_dumpOptions: '2', BUN_JSC_configFile: 'options', BUN_JSC_logGC: '2' },
  { JSC_SIGNAL_FOR_GC: '9', WTF_numberOfProcessorCores: '0', Malloc: '1', MallocCheckHeapEach: '1' },
  { BUN_IDLE_GC_SECONDS: '1', BUN_GC_TIMER_INTERVAL: '1', BUN_GC_RUNS_UNTIL_SKIP_RELEASE_ACCESS: '1', SIMDUTF_FORCE_IMPLEMENTATION: 'x' },
  { NODE_CHANNEL_FD: '0', NODE_CHANNEL_SERIALIZATION_MODE: 'json' },
  { NODE_V8_COVERAGE: 'coverage', NODE_COMPILE_CACHE: 'cache', BUN_RUNTIME_TRANSPILER_CACHE_PATH: 'cache' },
  { BUN_CPU_PROF: '1', BUN_HEAP_PROF: '1', BUN_DEBUG: 'debug', BUN_TRACE: 'trace', BUN_WATCHER_TRACE: 'trace', BUN_TMPDIR: '.' },
  { BUN_FEATURE_FLAG_NO_ORPHANS: '1', BUN_FEATURE_FLAG_DISABLE_MEMFD: '1', BUN_FEATURE_FLAG_INTERNAL_FOR_TESTING: '1' },
  { BUN_FEATURE_FLAG_FORCE_WAITER_THREAD: '1', BUN_FEATURE_FLAG_DISABLE_SPAWNSYNC_FAST_PATH: '1', BUN_DESTRUCT_VM_ON_EXIT: '1' },
  { BUN_CONFIG_VERBOSE_FETCH: 'curl', NODE_DEBUG: 'fs', DEBUG: '*', BUN_INTERNAL_SUPPRESS_CRASH_IN_BUN_RUN: '1' },
  { HOME: '', TMPDIR: '/nowhere', LANG: 'xx', TZ: '../../etc/passwd', PWD: '/nowhere' },
  { FILLER: 'x'.repeat(120_000) },
  Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`V${index}`, 'x'.repeat(100)])),
]

t.test('no environment makes something else of the executable', NEEDS, async (t) => {
  const scene = makeLeaseScene(t)
  const before = below(scene.folder)
  const version = execFileSync(join(BIN, 'bridge'), { env: { CNI_COMMAND: 'VERSION' }, encoding: 'utf8' })
  for (const env of ENVIRONMENTS) {
    const what = Object.keys(env).slice(0, 3).join(', ')
    const told = execFileSync(join(BIN, 'bridge'), {
      env: { CNI_COMMAND: 'VERSION', ...env },
      encoding: 'utf8',
      cwd: scene.folder,
      timeout: 10_000,
    })
    t.equal(told, version, `VERSION with ${what}`)
    const more = { host: scene.host, netns: '/nowhere', config: scene.config }
    const added = await plugin('host-local').add({ ...more, env })
    t.match(added, { exitCode: 0, stderr: '', result: { cniVersion: '1.1.0' } }, `ADD with ${what}`)
    t.match(await plugin('host-local').del({ ...more, env }), { exitCode: 0, stdout: '', stderr: '' }, `DEL with ${what}`)
  }
  t.strictSame(
    below(scene.folder).filter((name) => !name.startsWith('leases/net/')),
    before,
    'and no file is written elsewhere',
  )
})

t.test('CNI variables of any length and content are answered with an error object', NEEDS, async (t) => {
  const scene = makeLeaseScene(t)
  const huge = 'x'.repeat(120_000)
  for (const env of [
    { CNI_CONTAINERID: `${huge}/` },
    { CNI_IFNAME: huge },
    { CNI_ARGS: huge },
    { CNI_ARGS: 'IP=1;'.repeat(20_000) },
    { CNI_ARGS: ';=;=;' },
    { CNI_COMMAND: huge },
    { CNI_COMMAND: '__proto__' },
    { CNI_COMMAND: 'constructor' },
    { CNI_PATH: '' },
    { CNI_NETNS: '' },
    { CNI_IFNAME: '\u2028' },
  ]) {
    const { exitCode, result } = await plugin('host-local').add({ host: scene.host, netns: '/nowhere', config: scene.config, env })
    t.match({ exitCode, result }, { exitCode: 1, result: { code: Number, msg: String } }, shown(Object.entries(env).join()))
  }
  t.strictSame(
    scene.names().filter((name) => name.startsWith('10.')),
    [],
  )
})
