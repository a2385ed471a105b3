/** An agent's thread: carries out orders with sockets of the namespace it was born in. */
import { parentPort } from 'node:worker_threads'
import { askTcp, askUdp } from './agent-clients.ts'
import { fetchPage } from './agent-pages.ts'
import type { Answer, Order, Question, Request, Response } from './agent-protocol.ts'
import { type Servers, startServers } from './agent-servers.ts'
import { createTalks } from './agent-talks.ts'

const servers = new Map<number, Servers>()
const talks = createTalks()

const carryOut = async (order: Order): Promise<unknown> => {
  switch (order.kind) {
    case 'serve':
      return void servers.set(order.port, await startServers(order))
    case 'close':
      return servers.get(order.port)?.close()
    case 'ask':
      return askAll(order.question)
    case 'get':
      return fetchPage(order.url)
    case 'open':
      return talks.open(order.question)
    case 'say':
      return talks.say(order.talk)
    case 'flow':
      return talks.flow(order.question, order.interval)
    case 'heard':
      return talks.heard(order.talk)
    case 'end':
      return talks.end(order.talk)
  }
}

const askAll = async (question: Question): Promise<Answer[]> => {
  const answers: Answer[] = []
  const ask = question.protocol === 'udp' ? askUdp : askTcp
  for (let count = 0; count < (question.times ?? 1); count++) answers.push(await ask(question))
  return answers
}

parentPort?.on('message', async ({ id, order }: Request) => {
  const response: Response = await carryOut(order).then(
    (result) => ({ id, result }),
    (error: unknown) => ({ id, error: String(error) }),
  )
  parentPort?.postMessage(response)
})
