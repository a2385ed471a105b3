/**
 * A server program for tests: answers every HTTP request and every UDP datagram on its ports with one line of JSON, an EchoReply. Each
 * HTTP answer closes its connection, so that every request is a new one.
 * `node echo-server.ts NAME PORT…`; it prints `listening` when all sockets are open.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { EchoReply } from './echo.ts'

const [name = '', ...ports] = process.argv.slice(2)

const reply = (peer: { address?: string | undefined; port?: number | undefined }): string => {
  // A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1.
  const client = (peer.address ?? '').replace(/^::ffff:/, '')
  return `${JSON.stringify({ name, client, clientPort: peer.port ?? 0 } satisfies EchoReply)}\n`
}

const listen = async (port: number): Promise<void> => {
  const http = createServer(({ socket }, response) => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' })
    response.end(reply({ address: socket.remoteAddress, port: socket.remotePort }))
  })
  const udp = createSocket('udp6')
  udp.on('message', (_message, peer) => udp.send(reply(peer), peer.port, peer.address))
  http.listen(port, '::')
  udp.bind(port, '::')
  await Promise.all([once(http, 'listening'), once(udp, 'listening')])
}

await Promise.all(ports.map(Number).map(listen))
process.stdout.write('listening\n')
