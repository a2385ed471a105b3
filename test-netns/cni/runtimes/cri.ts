/** The Container Runtime Interface, as a kubelet talks it to containerd. @see k8s.io/cri-api/pkg/apis/runtime/v1/api.proto */
import { type ClientHttp2Session, connect } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { defer, type Owner } from '../../rig/owner.ts'
import { bytesOf, encode, type Message } from './protobuf.ts'
import type { Crowd } from './up-and-down.ts'

export interface Sandbox {
  readonly id: string
  /** The pod's address, as the kubelet would report it. */
  readonly address: string
}

export interface CriClient {
  /** Runs a pod's sandbox, whose host port leads to its port 80. @throws Error with the runtime's message */
  run(pod: { readonly name: string; readonly hostPort: number; readonly cgroup: string }): Promise<Sandbox>
  /** Stops it, twice as a kubelet may, and removes it. */
  remove(id: string): Promise<void>
}

export const openCri = (owner: Owner, socket: string): CriClient => {
  const session = connect('http://localhost', { createConnection: () => connectSocket(socket) })
  defer(owner, () => session.destroy())
  const ask = (method: string, message: Message): Promise<Buffer> => call(session, `/runtime.v1.RuntimeService/${method}`, encode(message))
  return {
    run: async (pod) => {
      const id = textOf(await ask('RunPodSandbox', { 1: sandboxConfig(pod) }), 1)
      const status = bytesOf(await ask('PodSandboxStatus', { 1: id }), 1)
      return { id, address: textOf(bytesOf(status ?? Buffer.alloc(0), 5), 1) }
    },
    remove: async (id) => {
      for (const method of ['StopPodSandbox', 'StopPodSandbox', 'RemovePodSandbox']) await ask(method, { 1: id })
    },
  }
}

/** Sandboxes by their names. */
export const sandboxes = (cri: CriClient, cgroup: string): Pick<Crowd, 'start' | 'remove'> => {
  const ids = new Map<string, string>()
  return {
    start: async (name, hostPort) => {
      ids.set(name, (await cri.run({ name, hostPort, cgroup })).id)
    },
    remove: (name) => cri.remove(ids.get(name) ?? ''),
  }
}

const textOf = (message: Buffer | undefined, field: number): string => bytesOf(message ?? Buffer.alloc(0), field)?.toString() ?? ''

/** A PodSandboxConfig: metadata, hostname, port mapping (TCP is 0), control group. */
const sandboxConfig = ({ name, hostPort, cgroup }: Parameters<CriClient['run']>[0]): Message => ({
  1: { 1: name, 2: `uid-${name}`, 3: 'default' },
  2: name,
  5: [{ 2: 80, 3: hostPort }],
  8: { 1: cgroup },
})

/** One call of gRPC: a message with five bytes before it, each way, and the status in the trailers. */
const call = async (session: ClientHttp2Session, path: string, message: Buffer): Promise<Buffer> => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' })
  const ended = new Promise<Record<string, unknown>>((resolve) => {
    stream.on('response', (headers) => 'grpc-status' in headers && resolve(headers))
    stream.on('trailers', resolve)
  })
  stream.end(Buffer.concat([head, message]))
  const [trailers, chunks] = await Promise.all([ended, stream.toArray()])
  if (trailers['grpc-status'] !== '0') throw new Error(`${path}: ${decodeURIComponent(String(trailers['grpc-message']))}`)
  return Buffer.concat(chunks).subarray(5)
}
