/** Servers that tell who asked. */
import { join } from 'node:path'
import type { NetNamespace } from './namespace.ts'
import type { Owner } from './owner.ts'
import { type RunningProcess, startProcess } from './process.ts'

/** What a server of the rig answers. */
export interface EchoReply {
  /** The server's own name. */
  readonly name: string
  /** The client's address and port, as the server sees them. */
  readonly client: string
  readonly clientPort: number
}

/** Starts a server inside a namespace: HTTP on these TCP ports, and the same ports of UDP, IPv4 and IPv6. */
export const startEcho = (owner: Owner, namespace: NetNamespace, name: string, ...ports: number[]): Promise<RunningProcess> =>
  startProcess(owner, namespace.command(process.execPath, join(import.meta.dirname, 'echo-server.ts'), name, ...ports.map(String)), {
    ready: /listening/,
  })
