/** The kubeconfig files that clients of the server use: YAML that is JSON, for a library of YAML takes an emulated machine seconds to load. */
import { readFileSync, writeFileSync } from 'node:fs'
import { USERS } from './certificates.ts'

/**
 * Writes `admin.kubeconfig`, with the certificates embedded, and `proxy.kubeconfig`, which names their files.
 * @param server the URL of the API server
 */
export const writeKubeconfigs = (directory: string, server: string): void => {
  const embedded = (file: string) => readFileSync(`${directory}/${file}`).toString('base64')
  write(`${directory}/admin.kubeconfig`, {
    cluster: { server, 'certificate-authority-data': embedded('ca.crt') },
    name: USERS.admin.name,
    user: { 'client-certificate-data': embedded('admin.crt'), 'client-key-data': embedded('admin.key') },
  })
  write(`${directory}/proxy.kubeconfig`, {
    cluster: { server, 'certificate-authority': `${directory}/ca.crt` },
    name: USERS.proxy.name,
    user: { 'client-certificate': `${directory}/proxy.crt`, 'client-key': `${directory}/proxy.key` },
  })
}

interface Access {
  readonly cluster: Readonly<Record<string, string>>
  readonly name: string
  readonly user: Readonly<Record<string, string>>
}

const write = (file: string, { cluster, name, user }: Access): void => {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name, user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  }
  writeFileSync(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 })
}
