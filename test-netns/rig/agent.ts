/**
 * Somebody inside a namespace, as a thread of the test's own process: servers and clients without a process for each, which an emulated
 * machine starts in half a second. A thread is born in the namespace of the thread that makes it, and all its sockets are there.
 */
import { Worker } from 'node:worker_threads'
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import type { Answer, FlowReply, Order, Page, Question, Request, Response } from './agent-protocol.ts'
import type { NetNamespace } from './namespace.ts'
import { defer, type Owner } from './owner.ts'

export interface Agent {
  readonly name: string
  /** Answers with this agent's name, or another one, and who asked, on TCP and UDP ports, IPv4 and IPv6. */
  serve(ports: readonly number[], name?: string): Promise<void>
  /** Ends the servers on a port. */
  close(port: number): Promise<void>
  /** One question; the answer, or why there is none. */
  ask(question: Question): Promise<Answer>
  /** As many answers as `times` says. */
  askMany(question: Question): Promise<readonly Answer[]>
  /** HTTP GET. Rejects when there is no answer within 5 seconds. */
  get(url: string): Promise<Page>
  /** A TCP connection that stays open. Rejects when nobody takes it. */
  open(question: Question): Promise<Talk>
  /** A UDP flow: a datagram every `interval` milliseconds from one port, until it is ended. */
  flow(question: Question, interval: number): Promise<Flow>
}

export interface Talk {
  /** One message and its answer: `reset` when the connection is over. */
  say(): Promise<Answer>
  end(): Promise<void>
}

export interface Flow {
  /** The answers since this was asked last. */
  heard(): Promise<readonly FlowReply[]>
  end(): Promise<void>
}

/** Starts a thread inside a namespace; it ends with `owner`. */
export const startAgent = (owner: Owner, namespace: NetNamespace, name: string): Agent => {
  const worker = inside(namespace, () => new Worker(new URL('./agent-thread.ts', import.meta.url)))
  // A test that ends does not wait for its agents.
  worker.unref()
  defer(owner, () => void worker.terminate())
  const order = orders(worker, name)
  return {
    name,
    serve: async (ports, as = name) => {
      for (const port of ports) await order({ kind: 'serve', name: as, port })
    },
    close: async (port) => void (await order({ kind: 'close', port })),
    ask: async (question) => firstOf((await order({ kind: 'ask', question })) as Answer[]),
    askMany: async (question) => (await order({ kind: 'ask', question })) as Answer[],
    get: async (url) => (await order({ kind: 'get', url })) as Page,
    open: async (question) => {
      const talk = (await order({ kind: 'open', question })) as number
      return { say: async () => (await order({ kind: 'say', talk })) as Answer, end: async () => void (await order({ kind: 'end', talk })) }
    },
    flow: async (question, interval) => {
      const talk = (await order({ kind: 'flow', question, interval })) as number
      const heard = async () => (await order({ kind: 'heard', talk })) as FlowReply[]
      return { heard, end: async () => void (await order({ kind: 'end', talk })) }
    },
  }
}

const inside = <T>({ path }: NetNamespace, action: () => T): T => {
  const namespace = openNamespace(path)
  try {
    return inNamespace(namespace, action)
  } finally {
    namespace.close()
  }
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

const orders = (worker: Worker, name: string): ((order: Order) => Promise<unknown>) => {
  const waiting = new Map<number, Waiting>()
  let count = 0
  worker.on('message', ({ id, result, error }: Response) => {
    const { resolve, reject } = waiting.get(id) ?? {}
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
    if (error === undefined) resolve?.(result)
    else reject?.(new Error(`${name}: ${error}`))
  })
  worker.on('error', (error) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended: ${String(error)}`))
    waiting.clear()
  })
  return (order) =>
    new Promise((resolve, reject) => {
      count += 1
      waiting.set(count, { resolve, reject })
      worker.ref()
      worker.postMessage({ id: count, order } satisfies Request)
    })
}

const firstOf = ([answer]: readonly Answer[]): Answer => {
  if (answer === undefined) throw new TypeError('a question is asked at least once')
  return answer
}
