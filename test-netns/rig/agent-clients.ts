/** An agent's clients. A message is of one length and ends in a new line. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { hasCode } from '#kernel/errno.ts'
import { connectAtOnce, type Enter, lookupAtOnce, stay } from './agent-entering.ts'
import type { Answer, Question } from './agent-protocol.ts'
import type { Failure } from './ask.ts'

const SECONDS = 3
/** How often a path may turn out narrower than it was thought to be. */
const LINKS = 5
const BYTES = 16

/** One connection: sends a line, takes what comes until the server ends it. */
export const askTcp = (question: Question, enter: Enter = stay): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { timeout = SECONDS, bytes = BYTES } = question
    const socket = enter(() => connectAtOnce(question))
    const timer = setTimeout(() => end('timeout'), timeout * 1000)
    let answer = ''
    const end = (result: Answer): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => socket.write(message(bytes)))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.once('end', () => end(answer === '' ? 'reset' : JSON.parse(answer)))
    socket.once('error', (error) => {
      const failure = failureOf(error)
      if (failure === undefined) reject(error)
      else end(failure)
    })
  })

/** One datagram. */
export const askUdp = async (question: Question, enter: Enter = stay): Promise<Answer> => {
  const { address, port, sourcePort = 0, timeout = SECONDS, bytes = BYTES } = question
  const family = address.includes(':') ? 6 : 4
  const socket = createSocket({ type: `udp${family}`, lookup: lookupAtOnce })
  try {
    const listening = once(socket, 'listening')
    enter(() => socket.bind(sourcePort, family === 6 ? '::' : '0.0.0.0'))
    await listening
    // Only a connected socket hears of ICMP's refusals, and takes answers from nobody else.
    socket.connect(port, address)
    await once(socket, 'connect')
    const exchange = async (): Promise<Answer> => {
      socket.send(message(bytes))
      const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(timeout * 1000) })
      return JSON.parse(String(answer))
    }
    // RFC 8201: what is too big for the path makes that known, link by link, and the next one travels in smaller fragments.
    for (let told = 0; ; told++) {
      try {
        return await exchange()
      } catch (error) {
        if (!hasCode(error, 'EMSGSIZE') || told === LINKS) throw error
      }
    }
  } catch (error) {
    const failure = failureOf(error)
    if (failure === undefined) throw error
    return failure
  } finally {
    socket.close()
  }
}

const message = (bytes: number): string => `${'.'.repeat(bytes - 1)}\n`

const FAILURES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ETIMEDOUT: 'timeout',
  ABORT_ERR: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EACCES: 'unreachable',
}

/** Undefined: no answer of the network, but a fault of the test. */
const failureOf = (error: unknown): Failure | undefined => {
  const code = Object.keys(FAILURES).find((each) => hasCode(error, each))
  return FAILURES[code ?? '']
}
