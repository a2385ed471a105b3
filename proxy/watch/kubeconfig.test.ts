import t from 'tap'
import { stringify } from 'yaml'
import { loadConfig } from './kubeconfig.ts'

const SERVER = 'https://10.0.0.1:6443'

interface Parts {
  readonly cluster?: object
  readonly user?: object | undefined
  readonly context?: object
}

const kubeconfig = ({ cluster, user = {}, context }: Parts = {}): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: SERVER, 'certificate-authority': 'ca.crt', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'x',
  })

t.test('a kubeconfig gives the server, and its files are looked for beside it', async (t) => {
  const folder = t.testdir({ config: kubeconfig({ user: { 'client-certificate': 'me.crt', 'client-key': '/keys/me.key' } }) })
  const config = loadConfig({ kubeconfig: `${folder}/config` })
  t.match(config.getCurrentCluster(), { server: SERVER, caFile: `${folder}/ca.crt` })
  t.match(config.getCurrentUser(), { certFile: `${folder}/me.crt`, keyFile: '/keys/me.key' })
})

t.test('tokenFile is read for each connection, not once', async (t) => {
  const folder = t.testdir({ config: kubeconfig({ user: { tokenFile: 'token' } }), 'ca.crt': 'ca', token: 'secret\n' })
  const options: { headers?: Record<string, string> } = {}
  await loadConfig({ kubeconfig: `${folder}/config` }).applyToHTTPSOptions(options)
  t.equal(options.headers?.Authorization?.trim(), 'Bearer secret')
})

t.test("a context without a user keeps the cluster's authority", async (t) => {
  const folder = t.testdir({ config: kubeconfig({ context: { user: 'nobody' } }), 'ca.crt': 'the authority' })
  const options: { ca?: Buffer } = {}
  await loadConfig({ kubeconfig: `${folder}/config` }).applyToHTTPSOptions(options)
  t.equal(String(options.ca), 'the authority')
})

t.test('--master takes the place of the server, and gets the scheme that fits', async (t) => {
  const folder = t.testdir({
    config: kubeconfig(),
    plain: kubeconfig({ cluster: { 'certificate-authority': undefined, server: 'http://10.0.0.1' } }),
  })
  const serverOf = (file: string, master: string) => loadConfig({ kubeconfig: `${folder}/${file}`, master }).getCurrentCluster()?.server
  t.equal(serverOf('config', 'https://10.0.0.2:6443'), 'https://10.0.0.2:6443')
  t.equal(serverOf('config', '10.0.0.2:6443'), 'https://10.0.0.2:6443')
  t.equal(serverOf('plain', '10.0.0.2:8080'), 'http://10.0.0.2:8080')
  t.equal(serverOf('config', ''), SERVER)
})

t.test('--master alone is enough to connect without credentials', async (t) => {
  t.match(loadConfig({ master: 'http://10.0.0.2:8080' }).getCurrentCluster(), { server: 'http://10.0.0.2:8080' })
})

t.test('plain HTTP works where the configuration says http', async (t) => {
  const folder = t.testdir({ config: kubeconfig({ cluster: { 'certificate-authority': undefined, server: 'http://127.0.0.1:8001' } }) })
  await t.resolves(loadConfig({ kubeconfig: `${folder}/config` }).applyToHTTPSOptions({}))
})

t.test('a configuration that cannot be used is refused with its file and what is wrong', async (t) => {
  const folder = t.testdir({
    garbage: '{',
    empty: '',
    list: '[]',
    'no-server': kubeconfig({ cluster: { server: undefined } }),
    'no-context': 'clusters: []\nusers: []\ncontexts: []\ncurrent-context: x\n',
    'no-cluster': kubeconfig({ context: { cluster: 'other' } }),
  })
  for (const file of ['garbage', 'empty', 'list', 'no-server', 'no-context', 'no-cluster', 'absent']) {
    t.throws(() => loadConfig({ kubeconfig: `${folder}/${file}` }), { name: 'TypeError', message: `kubeconfig ${folder}/${file}: ` }, file)
  }
  t.throws(() => loadConfig({ kubeconfig: `${folder}/empty` }), { message: /empty: it is no map of clusters, users and contexts$/ })
  t.throws(() => loadConfig({ kubeconfig: `${folder}/absent` }), { message: /ENOENT/ })
  t.throws(() => loadConfig({ kubeconfig: `${folder}/no-server` }), { message: /clusters\[0\]\.cluster\.server is missing$/ })
  t.throws(() => loadConfig({ kubeconfig: `${folder}/no-cluster` }), { message: /its current-context "x" names no cluster$/ })
})

t.test('a server that is no URL is refused', async (t) => {
  const folder = t.testdir({ config: kubeconfig() })
  for (const master of ['ftp://10.0.0.1', 'https://', 'a b']) {
    t.throws(() => loadConfig({ kubeconfig: `${folder}/config`, master }), { message: `--master ${master} is not an http or https URL` })
  }
})
