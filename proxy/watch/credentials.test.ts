import { Agent } from 'node:https'
import t from 'tap'
import { stringify } from 'yaml'
import { Credentials } from './credentials.ts'
import { loadConfig } from './kubeconfig.ts'

const kubeconfig = (cluster: object): string =>
  stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })

t.test('certificates are verified unless the kubeconfig says otherwise, whatever the environment says', async (t) => {
  const folder = t.testdir({
    silent: kubeconfig({}),
    proxied: kubeconfig({ 'proxy-url': 'http://192.0.2.9:3128' }),
    lax: kubeconfig({ 'insecure-skip-tls-verify': true }),
  })
  const credentials = new Credentials()
  t.teardown(() => credentials.close())
  const verifies = async (file: string) => {
    const { agent } = await credentials.optionsFor(loadConfig({ kubeconfig: `${folder}/${file}` }), '/api')
    return agent instanceof Agent && agent.options.rejectUnauthorized
  }
  t.equal(await verifies('silent'), true)
  t.equal(await verifies('proxied'), true)
  t.equal(await verifies('lax'), false)
})
