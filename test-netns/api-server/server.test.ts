/** The server as others see it: curl, and the JavaScript client that real clusters are used with. */
import { CoreV1Api, KubeConfig, setHeaderOptions, Watch } from '@kubernetes/client-node'
import { execa } from 'execa'
import t from 'tap'
import { enterNewNamespace } from '../proxy/enter-namespace.ts'
import { requires } from '../rig/requires.ts'
import { startApiServer } from './start.ts'

t.test('the API server for tests', requires('root', 'ip', 'openssl', 'curl'), async (t) => {
  enterNewNamespace(t, 'api')
  const { client, directory, url } = await startApiServer(t, { address: '127.0.0.1' })
  await client.load(['a', 'b', 'c'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: name } })))
  const curl = async (...parameters: string[]): Promise<string> =>
    (await execa('curl', ['--silent', '--show-error', '--cacert', `${directory}/ca.crt`, ...parameters], { reject: false, all: true })).all
  const asProxy = ['--cert', `${directory}/proxy.crt`, '--key', `${directory}/proxy.key`]

  t.test('curl is served with a certificate, refused without one, and does not trust it without its authority', async (t) => {
    const { code, reason } = JSON.parse(await curl(`${url}/api/v1/configmaps`))
    t.strictSame([code, reason], [401, 'Unauthorized'])
    t.match(JSON.parse(await curl(...asProxy, `${url}/api/v1/namespaces/default/configmaps/b`)), { kind: 'ConfigMap', data: { text: 'b' } })
    t.match(JSON.parse(await curl(...asProxy, '-X', 'DELETE', `${url}/api/v1/namespaces/default/configmaps/b`)), { code: 403 })
    t.match(JSON.parse(await curl(...asProxy, `${url}/api/v1/gizmos`)), { code: 404 })
    t.match(JSON.parse(await curl(...asProxy, `${url}/faults`)), { code: 403 })
    t.match(await execa('curl', ['--silent', '--show-error', url], { reject: false }).then(({ stderr }) => stderr), /certificate/)
  })

  t.test("client-node's list, patch and watch work", async (t) => {
    const config = new KubeConfig()
    config.loadFromFile(`${directory}/admin.kubeconfig`)
    const api = config.makeApiClient(CoreV1Api)
    const page = await api.listNamespacedConfigMap({ namespace: 'default', limit: 2 })
    t.strictSame([page.items.map(({ metadata }) => metadata?.name), page.metadata?.remainingItemCount], [['a', 'b'], 1])
    const rest = await api.listNamespacedConfigMap({ namespace: 'default', limit: 2, _continue: page.metadata?._continue ?? '' })
    t.strictSame(
      rest.items.map(({ metadata }) => metadata?.name),
      ['c'],
    )

    const events: string[] = []
    const watch = new Watch(config)
    const query = { resourceVersion: page.metadata?.resourceVersion, timeoutSeconds: 1 }
    const done = new Promise((resolve) => {
      const onEvent = (type: string, object: { metadata: { name: string } }): void => void events.push(`${type} ${object.metadata.name}`)
      watch.watch('/api/v1/configmaps', query, onEvent, resolve).catch(resolve)
    })
    const merge = setHeaderOptions('Content-Type', 'application/strategic-merge-patch+json')
    await api.patchNamespacedConfigMap({ name: 'a', namespace: 'default', body: { data: { text: 'new' } } }, merge)
    await api.deleteNamespacedConfigMap({ name: 'c', namespace: 'default' })
    await done
    t.strictSame(events, ['MODIFIED a', 'DELETED c'])
    await t.rejects(api.readNamespacedConfigMap({ name: 'c', namespace: 'default' }), { code: 404 })
  })

  t.test('its clients can do nothing while it is told to fail, and everything afterwards', async (t) => {
    const get = (): Promise<string> =>
      curl(...asProxy, '-w', '%{http_code} %header{retry-after}', '-o', '/dev/null', `${url}/api/v1/configmaps`)
    await client.faults({ answers: [{ status: 429, retryAfterSeconds: 7, count: 1 }, { status: 503 }] })
    t.strictSame([await get(), await get(), await get()], ['429 7', '503 ', '503 '])
    await client.faults({ clear: true, refuse: true })
    t.match(await get(), /\b000 /)
    t.equal((await client.list({ apiVersion: 'v1', kind: 'ConfigMap' })).length, 2, 'the administrator is not disturbed')
    await client.faults({ clear: true })
    t.equal(await get(), '200 ')
  })
})
