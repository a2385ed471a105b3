/** What the reference says of each wrong environment, for all plugins: the order of its checks, and the exact words. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { type CniFailure, type Probe, runProbes } from './probe.ts'

t.before(buildExecutables)

const PLUGINS = ['bridge', 'host-local', 'portmap', 'loopback'] as const

const missing = (...names: string[]): CniFailure => ({ code: 4, msg: `required env variables [${names.join(',')}] missing` })
const badId = (id: string): CniFailure => ({ code: 4, msg: 'invalid characters in containerID', details: id })
const badName: CniFailure = { code: 4, msg: 'interface name contains / or : or whitespace characters' }
const longName: CniFailure = { code: 4, msg: 'interface name is too long', details: 'interface name should be less than 16 characters' }

const NONE = { CNI_CONTAINERID: undefined, CNI_NETNS: undefined, CNI_IFNAME: undefined, CNI_PATH: undefined }

const FAILURES: readonly Omit<Probe, 'plugin'>[] = [
  { title: 'ADD needs four', env: NONE, prints: missing('CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH') },
  { title: 'CHECK needs four', verb: 'CHECK', env: NONE, prints: missing('CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH') },
  { title: 'DEL needs no namespace', verb: 'DEL', env: NONE, prints: missing('CNI_CONTAINERID', 'CNI_IFNAME', 'CNI_PATH') },
  { title: 'GC needs a path', verb: 'GC', env: NONE, prints: missing('CNI_PATH') },
  { title: 'STATUS needs a path', verb: 'STATUS', env: NONE, prints: missing('CNI_PATH') },
  { title: 'empty is missing', env: { CNI_PATH: '', CNI_NETNS: '' }, prints: missing('CNI_NETNS', 'CNI_PATH') },
  { title: 'a bad id goes before what is missing', env: { ...NONE, CNI_CONTAINERID: 'a b' }, prints: badId('a b') },
  { title: 'a bad name goes before what is missing', env: { ...NONE, CNI_IFNAME: 'a/b' }, prints: badName },
  { title: 'a bad id goes before a bad name', env: { CNI_CONTAINERID: '-a', CNI_IFNAME: 'a/b' }, prints: badId('-a') },
  { title: 'an id begins with a letter or digit', env: { CNI_CONTAINERID: '.a' }, prints: badId('.a') },
  { title: 'an id has one line', env: { CNI_CONTAINERID: 'a\n' }, prints: badId('a\n') },
  { title: 'an id is ASCII', env: { CNI_CONTAINERID: 'ä' }, prints: badId('ä') },
  { title: 'DEL checks the id', verb: 'DEL', env: { CNI_CONTAINERID: '../x' }, prints: badId('../x') },
  { title: 'a name has 15 bytes', env: { CNI_IFNAME: 'abcdefghijklmnop' }, prints: longName },
  { title: 'bytes, not characters', env: { CNI_IFNAME: 'éééééééé' }, prints: longName },
  { title: 'length goes before characters', env: { CNI_IFNAME: 'a/bcdefghijklmnop' }, prints: longName },
  { title: 'a name is not .', env: { CNI_IFNAME: '.' }, prints: { code: 4, msg: 'interface name is . or ..' } },
  { title: 'a name is not ..', env: { CNI_IFNAME: '..' }, prints: { code: 4, msg: 'interface name is . or ..' } },
  { title: 'a name has no colon', env: { CNI_IFNAME: 'a:b' }, prints: badName },
  { title: 'a name has no space', env: { CNI_IFNAME: 'a b' }, prints: badName },
  { title: 'a name has no no-break space', env: { CNI_IFNAME: 'a\u00a0b' }, prints: badName },
  { title: 'a name has no thin space', env: { CNI_IFNAME: 'a\u2009b' }, prints: badName },
  { title: 'a name has no newline', verb: 'CHECK', env: { CNI_IFNAME: 'eth0\n' }, prints: badName },
]

for (const plugin of PLUGINS) {
  t.test(`${plugin} refuses a wrong environment in the reference’s words`, requires('root', 'ip', 'nsenter'), async (t) => {
    await runProbes(
      t,
      FAILURES.map((probe) => ({ plugin, ...probe })),
    )
  })
}

t.test('GC and STATUS look neither at the id nor at the name', requires('root', 'ip', 'nsenter'), async (t) => {
  const env = { CNI_CONTAINERID: 'a b', CNI_IFNAME: 'a/b', CNI_NETNS: undefined }
  const calls = PLUGINS.flatMap((plugin) => (['GC', 'STATUS'] as const).map((verb) => ({ plugin, verb, env })))
  const config = { cniVersion: '1.1.0', ipam: { ranges: [[{ subnet: '10.9.0.0/24' }]], dataDir: 'DIR' } }
  await runProbes(
    t,
    calls.map((call) => ({ ...call, title: `${call.plugin} ${call.verb}`, config, prints: '' })),
  )
})
