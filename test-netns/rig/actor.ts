/**
 * Somebody inside a namespace, played by the test's own thread: an agent without a thread, which costs an emulated machine five seconds. Its
 * servers answer only while the test waits, so they are for clients that are actors too, and not for programs that the test runs to their end.
 */
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import type { Agent, Talk } from './agent.ts'
import { askTcp, askUdp } from './agent-clients.ts'
import type { Enter } from './agent-entering.ts'
import { fetchPage } from './agent-pages.ts'
import type { Answer, Question } from './agent-protocol.ts'
import { type Servers, startServers } from './agent-servers.ts'
import { createTalks } from './agent-talks.ts'
import type { NetNamespace } from './namespace.ts'
import { defer, type Owner } from './owner.ts'

export interface Actor extends Pick<Agent, 'name' | 'close' | 'ask' | 'askMany' | 'get' | 'open'> {
  /** Serves ports, as `name`; UDP from one IPv4 address only, if one is given. */
  serve(ports: readonly number[], name?: string, udpAddress?: string): Promise<void>
}

/** Plays somebody inside a namespace; the servers end with `owner`. */
export const startActor = (owner: Owner, { path }: NetNamespace, name: string): Actor => {
  const namespace = openNamespace(path)
  const enter: Enter = (action) => inNamespace(namespace, action)
  const servers = new Map<number, Servers>()
  const close = async (port: number): Promise<void> => {
    await servers.get(port)?.close()
    servers.delete(port)
  }
  defer(owner, () => {
    for (const port of [...servers.keys()]) void close(port)
    namespace.close()
  })
  const talks = createTalks(enter)
  const open = async (question: Question): Promise<Talk> => {
    const talk = await talks.open(question)
    return { say: () => talks.say(talk), end: async () => talks.end(talk) }
  }
  const ask = (question: Question): Promise<Answer> => (question.protocol === 'udp' ? askUdp : askTcp)(question, enter)
  return {
    name,
    close,
    ask,
    open,
    serve: async (ports, as = name, udpAddress) => {
      const from = udpAddress === undefined ? {} : { udpAddress: `::ffff:${udpAddress}` }
      for (const port of ports) servers.set(port, await startServers({ name: as, port, ...from }, enter))
    },
    askMany: async (question) => {
      const answers: Answer[] = []
      for (let count = 0; count < (question.times ?? 1); count++) answers.push(await ask(question))
      return answers
    },
    get: (url) => fetchPage(url, enter),
  }
}
