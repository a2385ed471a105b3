/** Starting the API server for a test or a demonstration, inside a network namespace if wanted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { defer, type Owner } from '../rig/owner.ts'
import { type ApiClient, openApiClient } from './client.ts'

export interface ApiServerOptions {
  /** The name of a namespace as `ip netns` knows it; without one, where the caller is. */
  readonly namespace?: string
  /** One of that namespace's addresses. */
  readonly address: string
  readonly port?: number
}

export interface RunningApiServer {
  readonly url: string
  /** Holds ca.crt, admin.kubeconfig and proxy.kubeconfig. */
  readonly directory: string
  /** The path of the kubeconfig for the proxy, which may read, and write Events. */
  readonly kubeconfig: string
  /** The administrator's client; works from any namespace. */
  readonly client: ApiClient
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a server and waits until it listens; it is gone, with its files, when `owner` is done. Rejects with its error output when it does not start. */
export const startApiServer = async (owner: Owner, { namespace, address, port = 6443 }: ApiServerOptions): Promise<RunningApiServer> => {
  // A short path: the name of a Unix socket has at most 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'selvedge-api-'))
  defer(owner, () => rmSync(directory, { recursive: true, force: true }))
  const listen = `${address.includes(':') ? `[${address}]` : address}:${port}`
  const server = [
    process.execPath,
    join(import.meta.dirname, 'main.ts'),
    '--listen',
    listen,
    '--directory',
    directory,
    '--until-stdin-ends',
  ]
  const [program = '', ...parameters] = namespace === undefined ? server : ['ip', 'netns', 'exec', namespace, ...server]
  const child = execa(program, parameters, { stdin: 'pipe', reject: false, buffer: { stdout: false } })
  defer(owner, () => void child.kill('SIGKILL'))
  const line = await firstLine(child.stdout)
  if (line === undefined) throw new Error(`the API server did not start: ${(await child).stderr}`)
  const client = openApiClient(directory)
  defer(owner, () => client.close())
  const stop = async (): Promise<void> => {
    child.kill()
    await child
  }
  return { url: JSON.parse(line).url, directory, kubeconfig: join(directory, 'proxy.kubeconfig'), client, pid: child.pid ?? 0, stop }
}

const firstLine = (output: Readable): Promise<string | undefined> =>
  new Promise((resolve) => {
    const lines = createInterface(output)
    lines.once('line', resolve)
    lines.once('close', () => resolve(undefined))
  })
