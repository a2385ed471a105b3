/** Where the API server is and who we are: a kubeconfig, or the service account of the pod we run in. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { parse } from 'yaml'
import { reasonOf } from '#kernel/errno.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from './fields.ts'

export interface ConnectionSettings {
  /** The path of a kubeconfig; without one the pod's service account is used. */
  readonly kubeconfig?: string | undefined
  /** The server's URL, in place of the one that the configuration names. */
  readonly master?: string | undefined
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * @param root where the pod's service account is looked for, for tests
 * @throws TypeError naming the file, or the setting, and what is wrong with it
 */
export const loadConfig = ({ kubeconfig = '', master = '' }: ConnectionSettings, root = ''): KubeConfig => {
  const config = kubeconfig === '' ? podConfig(master, root) : fileConfig(kubeconfig)
  return withPlainHttp(master === '' ? config : withServer(config, master))
}

/** What its author should hear about a configuration that works: one sentence each. */
export const weaknessesOf = (config: KubeConfig): string[] => {
  const { server = '', skipTLSVerify = false } = config.getCurrentCluster() ?? {}
  if (server.startsWith('http:')) return [`${server} is plain HTTP: whoever is on the way reads and changes what is said, credentials too`]
  return skipTLSVerify ? [`the certificate of ${server} is not verified (insecure-skip-tls-verify): anybody may stand in for it`] : []
}

const fileConfig = (file: string): KubeConfig => {
  const config = new KubeConfig()
  try {
    const text = readFileSync(file, 'utf8')
    const fields: unknown = parse(text)
    if (!isFields(fields)) throw new TypeError('it is no map of clusters, users and contexts')
    config.loadFromString(text)
    config.makePathsAbsolute(dirname(file))
    if (config.getCurrentCluster() === null) throw new TypeError(`its current-context "${config.currentContext ?? ''}" names no cluster`)
    config.users = withTokenFiles(config.users, { fields, folder: dirname(file) })
  } catch (cause) {
    // The parsers' further lines quote the file: its secrets would be in the log.
    const [message = ''] = reasonOf(cause).split(/:?\n/)
    throw new TypeError(`kubeconfig ${file}: ${message}`, { cause })
  }
  return withUser(config)
}

/** client-node reads `token-file`; the field's name is `tokenFile` (client-go, clientcmd/api/v1), and kube-router's manifests use it. */
const withTokenFiles = (users: readonly User[], { fields, folder }: { readonly fields: Fields; readonly folder: string }): User[] => {
  const entries = listOf(fields.users).map(fieldsOf)
  return users.map((user) => {
    const tokenFile = textOf(fieldsOf(entries.find(({ name }) => name === user.name)?.user).tokenFile)
    if (tokenFile === '') return user
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, tokenFile) } } }
  })
}

const podConfig = (master: string, root: string): KubeConfig => {
  const config = new KubeConfig()
  if (existsSync(`${root}${SERVICE_ACCOUNT}/token`)) {
    config.loadFromCluster(root)
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: podServer(cluster.server, master) }))
    return config
  }
  if (master === '')
    throw new TypeError(`no API server is given: --kubeconfig and --master are empty, and ${SERVICE_ACCOUNT}/token does not exist`)
  config.loadFromClusterAndUser({ name: 'master', server: master, skipTLSVerify: false }, { name: 'anonymous' })
  return config
}

/** client-node speaks plain HTTP to some ports, and makes a URL of variables that are not set. @see client-go, rest.InClusterConfig */
const podServer = (server: string, master: string): string => {
  if (master !== '') return master
  if (!URL.canParse(server) || new URL(server).hostname === 'undefined')
    throw new TypeError('no API server is given: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set')
  return server.replace(/^http:/, 'https:')
}

/** client-node leaves out the authority's certificate when a context names no user. */
const withUser = (config: KubeConfig): KubeConfig => {
  if (config.getCurrentUser() !== null) return config
  const cluster = config.getCurrentCluster()
  if (cluster !== null) config.loadFromClusterAndUser(cluster, { name: 'anonymous' })
  return config
}

const withServer = (config: KubeConfig, master: string): KubeConfig => {
  const current = config.getCurrentCluster()
  const server = master.includes('://') ? master : `${current !== null && usesTls(current) ? 'https' : 'http'}://${master}`
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new TypeError(`--master ${master} is not an http or https URL`)
  config.clusters = config.clusters.map((cluster) => (cluster.name === current?.name ? { ...cluster, server } : cluster))
  return config
}

/** client-node asks for this consent before it speaks plain HTTP. */
const withPlainHttp = (config: KubeConfig): KubeConfig => {
  config.clusters = config.clusters.map((cluster) => (cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster))
  return config
}

const usesTls = ({ caFile, caData, skipTLSVerify }: Cluster): boolean => [caFile, caData].some(Boolean) || skipTLSVerify === true
