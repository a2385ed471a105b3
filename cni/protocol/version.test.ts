import t from 'tap'
import { aboutText, allowVerb, formatVersions, parseVersion, reconcileVersion, versionAtLeast } from './version.ts'

t.test('[version] versions compare by number, part by part', async (t) => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['0.4.0', '0.4.0', true],
    ['0.3.1', '0.4.0', false],
    ['1.0.0', '0.4.0', true],
    ['0.10.0', '0.9.0', true],
    ['0.2', '0.2.0', true],
    ['1', '1.0.1', false],
  ]
  for (const [one, other, expected] of cases) t.equal(versionAtLeast(one, other), expected, `${one} ${other}`)
})

t.test('[version] what is no version says why', async (t) => {
  t.throws(() => parseVersion('1.2.3.4'), { message: 'invalid version "1.2.3.4": too many parts' })
  t.throws(() => parseVersion('abc'), {
    message: 'failed to convert major version part "abc": strconv.Atoi: parsing "abc": invalid syntax',
  })
  t.throws(() => parseVersion('1.x'), { message: 'failed to convert minor version part "x": strconv.Atoi: parsing "x": invalid syntax' })
  t.throws(() => parseVersion('1.0.'), { message: 'failed to convert micro version part "": strconv.Atoi: parsing "": invalid syntax' })
})

t.test('[version] only the seven known versions are spoken, no ranges', async (t) => {
  t.equal(reconcileVersion(''), '0.1.0')
  for (const version of ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0']) t.equal(reconcileVersion(version), version)
  t.throws(() => reconcileVersion('1.0'), {
    code: 1,
    message: 'incompatible CNI versions',
    details: 'config is "1.0", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]',
  })
})

t.test('[version] CHECK needs 0.4.0, GC and STATUS need 1.1.0', async (t) => {
  for (const [verb, since, before] of [
    ['CHECK', '0.4.0', '0.3.1'],
    ['GC', '1.1.0', '1.0.0'],
    ['STATUS', '1.1.0', '1.0.0'],
  ] as const) {
    t.doesNotThrow(() => allowVerb(verb, since))
    t.throws(() => allowVerb(verb, before), { code: 1, message: `config version does not allow ${verb}` })
    t.throws(() => allowVerb(verb, '9.9.9'), { code: 1, message: `plugin version does not allow ${verb}` })
    t.throws(() => allowVerb(verb, '1.2.3.4'), { code: 6, message: 'invalid version "1.2.3.4": too many parts' })
  }
  t.doesNotThrow(() => allowVerb('ADD', 'abc'))
})

t.test('[version] VERSION is one line, the about text two', async (t) => {
  t.equal(formatVersions(), '{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}\n')
  t.equal(
    aboutText('bridge', 'v1.9.1'),
    'CNI bridge plugin v1.9.1\nCNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n',
  )
})
