/**
 * An agent's servers: one line of JSON, an AgentReply, for every line of a TCP connection, which then ends unless the line was `hold`, and
 * for every datagram.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type Enter, lookupAtOnce, stay } from './agent-entering.ts'
import type { AgentReply } from './agent-protocol.ts'

export interface Servers {
  close(): Promise<void>
}

export interface Place {
  readonly name: string
  readonly port: number
  /** Where UDP answers from; by default whatever the route to the client says, which on a host with several addresses may be another one than was asked. */
  readonly udpAddress?: string
}

/** Listens on a port of TCP and UDP, both families. */
export const startServers = async ({ name, port, udpAddress = '::' }: Place, enter: Enter = stay): Promise<Servers> => {
  const reply = (peer: { address?: string | undefined; port?: number | undefined }, bytes: number): string => {
    // A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1.
    const client = (peer.address ?? '').replace(/^::ffff:/, '')
    return JSON.stringify({ name, client, clientPort: peer.port ?? 0, bytes } satisfies AgentReply)
  }
  const open = new Set<Socket>()
  const tcp = createServer((socket) => {
    open.add(socket)
    let bytes = 0
    socket.on('data', (chunk) => {
      bytes += chunk.length
      if (chunk.at(-1) !== NEWLINE) return
      const answer = reply({ address: socket.remoteAddress, port: socket.remotePort }, bytes)
      if (chunk.toString('latin1') === 'hold\n') socket.write(answer)
      else socket.end(answer)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  })
  const udp = createSocket({ type: 'udp6', lookup: lookupAtOnce })
  udp.on('message', (message, peer) => udp.send(reply(peer, message.length), peer.port, peer.address))
  const listening = Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
  enter(() => {
    // Without an address Node listens on both families, and at once.
    tcp.listen(port)
    udp.bind(port, udpAddress)
  })
  await listening
  return {
    close: async () => {
      tcp.close()
      udp.close()
      for (const socket of open) socket.destroy()
    },
  }
}

const NEWLINE = 10
