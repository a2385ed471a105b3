/** What the reference says of each wrong config before a plugin looks at its own fields: for all plugins, in the exact words. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { type CniFailure, type Probe, runProbes } from './probe.ts'

t.before(buildExecutables)

const incompatible = (version: string): CniFailure => ({
  code: 1,
  msg: 'incompatible CNI versions',
  details: `config is "${version}", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]`,
})
const tooOld = (verb: string): CniFailure => ({ code: 1, msg: `config version does not allow ${verb}` })
const tooNew = (verb: string): CniFailure => ({ code: 1, msg: `plugin version does not allow ${verb}` })
const noName: CniFailure = { code: 7, msg: 'missing network name' }
const badName = (name: string): CniFailure => ({ code: 7, msg: 'invalid characters found in network name', details: name })
const cutShort: CniFailure = { code: 6, msg: 'error unmarshall network config: unexpected end of JSON input' }

const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'NOPE'] as const

const FAILURES: readonly Omit<Probe, 'plugin'>[] = [
  ...VERBS.map((verb) => ({ title: `${verb} with nothing`, verb, config: '', prints: cutShort })),
  ...VERBS.map((verb) => ({ title: `${verb} without a name`, verb, config: '{"cniVersion":"1.1.0"}', prints: noName })),
  ...VERBS.map((verb) => ({ title: `${verb} with a bad name`, verb, config: '{"name":"../x"}', prints: badName('../x') })),
  { title: 'half an object', config: '{"name":"x"', prints: cutShort },
  { title: 'a name with a space', config: { name: 'my net' }, prints: badName('my net') },
  { title: 'a name with markup', config: { name: '<b>' }, prints: badName('<b>') },
  { title: 'the last of two names counts, whatever its case', config: '{"name":"ok","NAME":"a/b"}', prints: badName('a/b') },
  { title: 'null leaves a name as it is', config: '{"name":"a/b","name":null}', prints: badName('a/b') },
  { title: 'an unknown verb', verb: 'NOPE', prints: { code: 4, msg: 'unknown CNI_COMMAND: NOPE' } },
  { title: 'verbs have upper case', verb: 'add', prints: { code: 4, msg: 'unknown CNI_COMMAND: add' } },
  {
    title: 'a verb goes before the version',
    verb: 'NOPE',
    config: { cniVersion: '9.9.9' },
    prints: { code: 4, msg: 'unknown CNI_COMMAND: NOPE' },
  },
  { title: 'ADD of the future', config: { cniVersion: '1.2.0' }, prints: incompatible('1.2.0') },
  { title: 'DEL of the future', verb: 'DEL', config: { cniVersion: '9.9.9' }, prints: incompatible('9.9.9') },
  { title: 'versions have three parts', config: { cniVersion: '1.0' }, prints: incompatible('1.0') },
  { title: 'versions have no v', config: { cniVersion: 'v1.0.0' }, prints: incompatible('v1.0.0') },
  { title: 'CHECK of three parts', verb: 'CHECK', config: { cniVersion: '1.0' }, prints: incompatible('1.0') },
  { title: 'CHECK without a version', verb: 'CHECK', config: '{"name":"x"}', prints: tooOld('CHECK') },
  { title: 'CHECK before 0.4.0', verb: 'CHECK', config: { cniVersion: '0.3.1' }, prints: tooOld('CHECK') },
  { title: 'CHECK of the future', verb: 'CHECK', config: { cniVersion: '1.2.0' }, prints: tooNew('CHECK') },
  { title: 'GC before 1.1.0', verb: 'GC', config: { cniVersion: '1.0.0' }, prints: tooOld('GC') },
  { title: 'GC of the future', verb: 'GC', config: { cniVersion: '2.0.0' }, prints: tooNew('GC') },
  { title: 'STATUS before 1.1.0', verb: 'STATUS', config: { cniVersion: '1.0.0' }, prints: tooOld('STATUS') },
  { title: 'STATUS without a version', verb: 'STATUS', config: '{"name":"x"}', prints: tooOld('STATUS') },
  {
    title: 'too many parts',
    verb: 'CHECK',
    config: { cniVersion: '1.2.3.4' },
    prints: { code: 6, msg: 'invalid version "1.2.3.4": too many parts' },
  },
]

for (const plugin of ['bridge', 'host-local', 'portmap', 'loopback']) {
  t.test(`${plugin} refuses a config that is none in the reference’s words`, requires('root', 'ip', 'nsenter'), async (t) => {
    await runProbes(
      t,
      FAILURES.map((probe) => ({ plugin, ...probe })),
    )
  })
}
