/**
 * A client program for tests: sends datagrams to an address one after the other and prints each answer; `timeout` instead where none came
 * in time. `node udp-client.ts ADDRESS PORT TIMES SECONDS SOURCE_PORT`, with source port 0 for a new one each time.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

const [address = '', port, times, seconds, sourcePort] = process.argv.slice(2)

const ask = async (): Promise<string> => {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true })
  try {
    socket.bind(Number(sourcePort))
    await once(socket, 'listening')
    // Only a connected socket hears of ICMP's refusals, and takes answers from nobody else.
    socket.connect(Number(port), address)
    await once(socket, 'connect')
    socket.send('who are you?')
    const [message] = await once(socket, 'message', { signal: AbortSignal.timeout(Number(seconds) * 1000) })
    return `${message}`
  } catch (error) {
    return `${error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code !== 'ABORT_ERR' ? error.code : 'timeout'}\n`
  } finally {
    socket.close()
  }
}

for (let count = 0; count < Number(times); count++) process.stdout.write(await ask())
