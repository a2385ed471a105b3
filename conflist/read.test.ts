import t from 'tap'
import { FileFaults } from './fault.ts'
import { readConflist } from './read.ts'

const CONFLIST = `{
  "cniVersion": "0.3.0",
  "name": "mynet",
  "plugins": [{"type": "bridge", "ipam": {"type": "host-local"}}, {"type": "portmap", "capabilities": {"portMappings": true}}]
}`
const VALUE = {
  cniVersion: '0.3.0',
  name: 'mynet',
  plugins: [
    { type: 'bridge', ipam: { type: 'host-local' } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
}

const configMap = (name: string, key = '10-kuberouter.conflist', text = CONFLIST): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: kube-system
data:
  ${key}: |
${text.replace(/^/gm, '    ')}
`

const faultsOf = (text: string, source = 'x.conflist'): readonly string[] => {
  try {
    readConflist(text, source)
  } catch (error) {
    if (error instanceof FileFaults) return error.message.split('\n')
    throw error
  }
  return []
}

t.test('a conflist keeps the name of its file', async (t) => {
  t.strictSame(readConflist(CONFLIST, '/etc/x/10-a.conflist'), {
    fileName: '10-a.conflist',
    source: '/etc/x/10-a.conflist',
    value: VALUE,
  })
})

t.test('the conflist of a ConfigMap is found between other documents', async (t) => {
  const manifest = `# a comment\n---\n${configMap('other', 'readme.txt', 'no conflist')}---\n${configMap('cfg')}---\nkind: DaemonSet\n`
  t.strictSame(readConflist(manifest, 'all.yaml'), {
    fileName: '10-kuberouter.conflist',
    source: 'all.yaml: ConfigMap kube-system/cfg: 10-kuberouter.conflist',
    value: VALUE,
  })
})

t.test('a manifest may be JSON, and a list', async (t) => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cfg' }, data: { '10-a.conflist': CONFLIST } }
  for (const manifest of [object, { apiVersion: 'v1', kind: 'List', items: [{ kind: 'Service' }, object] }]) {
    const { fileName, source, value } = readConflist(JSON.stringify(manifest), 'cm.json')
    t.strictSame([fileName, source, value], ['10-a.conflist', 'cm.json: ConfigMap cfg: 10-a.conflist', VALUE])
  }
})

t.test('a manifest without a conflist, or with two, is refused by what it holds', async (t) => {
  const none = 'no ConfigMap in it has a file named *.conflist among its data'
  t.strictSame(faultsOf('kind: Service\nmetadata: {name: web, namespace: default}\n', 'm.yaml'), [`m.yaml: ${none}`])
  t.strictSame(faultsOf(configMap('cfg', 'a.txt'), 'm.yaml'), [`m.yaml: ${none}`])
  t.strictSame(faultsOf('', 'empty.yaml'), [`empty.yaml: ${none}`])
  t.strictSame(faultsOf(`${configMap('one')}---\n${configMap('two', 'b.conflist')}`, 'm.yaml'), [
    'm.yaml: it has 2 conflists, not one: ConfigMap kube-system/one: 10-kuberouter.conflist, ConfigMap kube-system/two: b.conflist',
  ])
})

t.test('a file name that leaves its folder or that no runtime takes is refused', async (t) => {
  const rule = 'is not legal: expected a name of letters, digits, "_", "-" and "." that ends in .conflist'
  t.strictSame(faultsOf(CONFLIST, '/etc/x/a.conf'), [`/etc/x/a.conf: file name: "a.conf" ${rule}`])
  t.strictSame(faultsOf(configMap('cfg', '"../../x.conflist"'), 'm.yaml'), [
    `m.yaml: ConfigMap kube-system/cfg: ../../x.conflist: file name: "../../x.conflist" ${rule}`,
  ])
  t.strictSame(faultsOf(CONFLIST, '.conflist'), [`.conflist: file name: ".conflist" ${rule}`])
})

t.test('syntax errors name line and column', async (t) => {
  t.strictSame(faultsOf('{\n  "name": "a",\n}'), ['x.conflist: line 3, column 1: no JSON: expected a key in double quotes, found "}"'])
  t.strictSame(faultsOf(configMap('cfg', 'a.conflist', '{\n  "name" 1\n}'), 'm.yaml'), [
    'm.yaml: ConfigMap kube-system/cfg: a.conflist: line 2, column 10: no JSON: expected ":", found "1"',
  ])
  t.strictSame(faultsOf('kind: ConfigMap\nkind: ConfigMap\n', 'm.yaml'), ['m.yaml: line 2, column 1: Map keys must be unique'])
  t.strictSame(faultsOf('a:\n\t- b\n', 'm.yaml'), ['m.yaml: line 2, column 1: Tabs are not allowed as indentation'])
})

t.test('a manifest that unfolds to something huge is refused', async (t) => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replace(/./g, (key) => {
    const previous = String.fromCharCode(key.charCodeAt(0) - 1)
    return `${key}: &${key} [${Array(9).fill(`*${previous}`).join(',')}]\n`
  })}`
  t.strictSame(faultsOf(bomb, 'bomb.yaml'), ['bomb.yaml: Excessive alias count indicates a resource exhaustion attack'])
})

t.test('every fault of the list is told at once', async (t) => {
  t.strictSame(faultsOf('{"cniVersion": "2.0.0", "plugins": [], "disableCheck": "maybe", "Name": "x"}'), [
    'x.conflist: the key "Name" must be written "name"',
    'x.conflist: cniVersion: "2.0.0" is not legal: expected 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0',
    'x.conflist: name: missing: expected the name of the network: letters, digits, "_", "." and "-"',
    'x.conflist: disableCheck: "maybe" is not legal: expected true or false',
    'x.conflist: plugins: [] is not legal: expected a list of at least one plugin',
  ])
  t.strictSame(faultsOf('[]'), ['x.conflist: [] is not legal: expected an object with "cniVersion", "name" and "plugins"'])
})
