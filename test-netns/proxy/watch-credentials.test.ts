/** Who the watchers believe, and who they say they are. */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { stringify } from 'yaml'
import { makeCertificates } from '../api-server/certificates.ts'
import { startApiServer } from '../api-server/start.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { startWatching, type Watching } from './watching.ts'

interface Access {
  readonly server: string
  readonly authority: string
  readonly user: object
}

const kubeconfig = ({ server, authority, user }: Access): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': authority } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })

const isSynced = (watching: Watching): Promise<void> =>
  until(
    'everything is listed',
    () => watching.events.includes('synced'),
    () => watching.log,
  )

t.test('credentials', requires('root', 'ip', 'openssl'), async (t) => {
  enterNewNamespace(t, 'creds')
  const { client, directory, url: server } = await startApiServer(t, { address: '127.0.0.1' })
  const folder = t.testdir({ token: 'one' })
  const certificate = { 'client-certificate': `${directory}/proxy.crt`, 'client-key': `${directory}/proxy.key` }
  const own = `${directory}/ca.crt`

  t.test("a server that another authority vouches for is not believed, until the kubeconfig's is the right one", async (t) => {
    const others = t.testdir({})
    await makeCertificates(others, ['127.0.0.1'])
    writeFileSync(`${folder}/config`, kubeconfig({ server, authority: `${others}/ca.crt`, user: certificate }))
    await client.forgetTraffic()
    const watching = startWatching(t, { kubeconfig: `${folder}/config` })
    await until('it has tried twice', () => watching.status('services').generation > 2)
    t.match(watching.log.join('\n'), /certificate/)
    t.strictSame((await client.traffic()).requests, [], 'no request was sent')
    writeFileSync(`${folder}/config`, kubeconfig({ server, authority: own, user: certificate }))
    await isSynced(watching)
  })

  t.test('a server whose certificate is for another name is not believed', async (t) => {
    writeFileSync(`${folder}/config`, kubeconfig({ server: server.replace('127.0.0.1', '127.0.0.2'), authority: own, user: certificate }))
    const watching = startWatching(t, { kubeconfig: `${folder}/config` })
    await until('it has tried', () => watching.status('services').generation > 1)
    t.notOk(watching.events.includes('synced'))
  })

  t.test('without a client certificate the watchers are refused, and say so', async (t) => {
    writeFileSync(`${folder}/config`, kubeconfig({ server, authority: own, user: {} }))
    const watching = startWatching(t, { kubeconfig: `${folder}/config` })
    await until('it was refused', () => (watching.status('services').restarts.unauthorized ?? 0) > 0)
    t.ok(watching.log.includes('warn: watching services: 401 Unauthorized Unauthorized'), watching.log.join())
  })

  t.test('a token that is no longer accepted is read anew from its file', async (t) => {
    await client.faults({ clear: true, tokens: ['one'] })
    writeFileSync(`${folder}/config`, kubeconfig({ server, authority: own, user: { tokenFile: 'token' } }))
    const watching = startWatching(t, { kubeconfig: `${folder}/config` })
    await isSynced(watching)
    writeFileSync(`${folder}/token`, 'two\n')
    await client.faults({ tokens: ['two'], end: true })
    const statuses = () => ['services', 'endpointslices', 'nodes'].map(watching.status)
    await until('all watches are back', () => statuses().every(({ generation, watching }) => generation > 1 && watching))
    // The first to be refused reads it for all.
    t.ok(statuses().some(({ restarts }) => (restarts.unauthorized ?? 0) > 0))
    t.ok(statuses().every(({ relists }) => relists === 0))
  })

  t.test('the administrator is another user than the proxy, and the proxy may only read', async (t) => {
    const admin = startWatching(t, { kubeconfig: `${directory}/admin.kubeconfig` })
    await isSynced(admin)
    t.match(readFileSync(`${directory}/admin.kubeconfig`, 'utf8'), /client-certificate-data/)
    t.ok((await client.traffic()).requests.some(({ user }) => user === 'kubernetes-admin'))
  })
})
