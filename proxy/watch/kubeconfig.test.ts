import process from 'node:process'
import t from 'tap'
import { stringify } from 'yaml'
import { loadConfig, weaknessesOf } from './kubeconfig.ts'

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
  t.throws(() => loadConfig({ kubeconfig: `${folder}/absent` }), { message: /no such file or directory/ })
  t.throws(() => loadConfig({ kubeconfig: `${folder}/no-server` }), { message: /clusters\[0\]\.cluster\.server is missing$/ })
  t.throws(() => loadConfig({ kubeconfig: `${folder}/no-cluster` }), { message: /its current-context "x" names no cluster$/ })
})

t.test('a server that is no URL is refused', async (t) => {
  const folder = t.testdir({ config: kubeconfig() })
  for (const master of ['ftp://10.0.0.1', 'https://', 'a b']) {
    t.throws(() => loadConfig({ kubeconfig: `${folder}/config`, master }), { message: `--master ${master} is not an http or https URL` })
  }
})

t.test('a server that nobody verifies, or everybody hears, is told; one that is verified is not', async (t) => {
  const folder = t.testdir({
    verified: kubeconfig(),
    unverified: kubeconfig({ cluster: { 'insecure-skip-tls-verify': true, 'certificate-authority': undefined } }),
    plain: kubeconfig({ cluster: { 'certificate-authority': undefined, server: 'http://10.0.0.1:8080' } }),
  })
  const weaknesses = (file: string, master = '') => weaknessesOf(loadConfig({ kubeconfig: `${folder}/${file}`, master }))
  t.strictSame(weaknesses('verified'), [])
  t.strictSame(weaknesses('unverified'), [
    'the certificate of https://10.0.0.1:6443 is not verified (insecure-skip-tls-verify): anybody may stand in for it',
  ])
  t.match(weaknesses('plain'), [/^http:\/\/10\.0\.0\.1:8080 is plain HTTP: /])
  t.match(weaknesses('verified', 'http://10.0.0.2:8080'), [/^http:\/\/10\.0\.0\.2:8080 is plain HTTP: /])
})

t.test('what is wrong with a kubeconfig is told without what is in it', async (t) => {
  const folder = t.testdir({ config: 'users:\n- user: { token: hush-hush, [ }\n' })
  const message = (): string => {
    try {
      return String(loadConfig({ kubeconfig: `${folder}/config` }))
    } catch (error) {
      return String(error)
    }
  }
  t.match(message(), /^TypeError: kubeconfig .* at line 2, column \d+$/)
  t.notMatch(message(), /hush/)
})

t.test('in a pod the server is always asked over TLS, and variables that are missing are named', async (t) => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
  const set = (variables: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(variables))
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  }
  t.teardown(() => set({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }))
  const root = t.testdir({ var: { run: { secrets: { 'kubernetes.io': { serviceaccount: { token: 'x' } } } } } })
  const serverWith = (variables: { host?: string; port?: string; master?: string }) => {
    set({ KUBERNETES_SERVICE_HOST: variables.host, KUBERNETES_SERVICE_PORT: variables.port })
    return loadConfig({ master: variables.master }, root).getCurrentCluster()?.server
  }
  t.equal(serverWith({ host: '10.96.0.1', port: '443' }), 'https://10.96.0.1:443')
  t.equal(serverWith({ host: 'fd00:96::1', port: '443' }), 'https://[fd00:96::1]:443')
  t.equal(serverWith({ host: '10.96.0.1', port: '8080' }), 'https://10.96.0.1:8080')
  t.equal(serverWith({ master: 'https://192.0.2.1:6443' }), 'https://192.0.2.1:6443')
  for (const missing of [{}, { host: '10.96.0.1' }, { port: '443' }]) {
    t.throws(() => serverWith(missing), { message: /KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set$/ })
  }
})
