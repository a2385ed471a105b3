/** An agent's clients that last: TCP connections that stay open between two messages, and UDP flows that never end by themselves. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connectAtOnce, type Enter, stay } from './agent-entering.ts'
import type { Answer, FlowReply, Question } from './agent-protocol.ts'

const SECONDS = 3

/** Held connections and flows of one agent, by number. */
export interface Talks {
  /** Opens a connection; rejects when nobody takes it. */
  open(question: Question): Promise<number>
  /** Sends a line over it. `reset` when the connection is over, `timeout` when nothing comes. */
  say(talk: number): Promise<Answer>
  /** Begins to send a datagram every `interval` milliseconds from one port. */
  flow(question: Question, interval: number): Promise<number>
  /** What was answered since this was asked last, and how many datagrams were sent. */
  heard(flow: number): FlowReply[]
  /** Ends a connection or a flow. */
  end(talk: number): void
}

export const createTalks = (enter: Enter = stay): Talks => {
  const sockets = new Map<number, Socket>()
  const flows = new Map<number, Flow>()
  let count = 0
  return {
    open: async (question) => {
      const socket = await openSocket(question, enter)
      sockets.set(++count, socket)
      return count
    },
    say: async (talk) => {
      const socket = sockets.get(talk)
      return socket === undefined ? 'reset' : sayLine(socket)
    },
    flow: async (question, interval) => {
      flows.set(++count, await startFlow(question, interval))
      return count
    },
    heard: (flow) => flows.get(flow)?.replies.splice(0) ?? [],
    end: (talk) => {
      sockets.get(talk)?.destroy()
      flows.get(talk)?.stop()
    },
  }
}

const openSocket = async (question: Question, enter: Enter): Promise<Socket> => {
  const { timeout = SECONDS } = question
  const socket = enter(() => connectAtOnce(question))
  await once(socket, 'connect', { signal: AbortSignal.timeout(timeout * 1000) })
  socket.on('error', () => socket.destroy())
  return socket
}

const sayLine = (socket: Socket): Promise<Answer> =>
  new Promise((resolve) => {
    if (socket.destroyed || socket.readyState !== 'open') return resolve('reset')
    const done = (answer: Answer): void => {
      clearTimeout(timer)
      socket.off('data', onData)
      socket.off('close', onClose)
      resolve(answer)
    }
    const onData = (chunk: Buffer): void => done(JSON.parse(chunk.toString()))
    const onClose = (): void => done('reset')
    const timer = setTimeout(() => done('timeout'), SECONDS * 1000)
    socket.once('data', onData)
    socket.once('close', onClose)
    socket.write('hold\n')
  })

interface Flow {
  readonly replies: FlowReply[]
  stop(): void
}

const startFlow = async ({ address, port, sourcePort = 0 }: Question, interval: number): Promise<Flow> => {
  // Not connected: whoever answers is heard, and refusals do not end it.
  const socket: UdpSocket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.bind(sourcePort)
  await once(socket, 'listening')
  const replies: FlowReply[] = []
  let sent = 0
  const send = (): void => {
    sent += 1
    socket.send(`${sent}`.padStart(8, '.'), port, address)
  }
  socket.on('message', (message, { address: from }) => {
    const { name, client } = JSON.parse(message.toString())
    replies.push({ name, client, from, sent, at: Date.now() })
  })
  send()
  const timer = setInterval(send, interval)
  return {
    replies,
    stop: () => {
      clearInterval(timer)
      socket.close()
    },
  }
}
