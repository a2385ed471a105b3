/**
 * One proxy on a node: each holds a name in the network namespace's abstract sockets, which the kernel frees with the process and which needs
 * no file. A second one waits for a while until the first has ended, as when one version replaces another, and then gives up: two of them
 * would undo each other's work.
 */
import { connect, createServer, type Server } from 'node:net'
import { hasCode } from '#kernel/errno.ts'
import type { Scheduler } from './services/contract.ts'

/** @see unix(7), abstract sockets: they belong to a network namespace */
const NAME = '\0selvedge-proxy'

const RETRY_MILLISECONDS = 1_000

export interface PlaceParts {
  readonly scheduler: Pick<Scheduler, 'after'>
  /** Milliseconds that another proxy may take to end. */
  readonly patience: number
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** Called once, when another proxy has the place. */
  readonly onWait: () => void
  /** Somebody who is no proxy has the name, or it cannot be had: a proxy runs without it. */
  readonly onForeign: (reason: string) => void
  /** The user that listens at a name; undefined when nobody can tell. @throws */
  readonly listener: (name: string) => number | undefined
  /** For tests. */
  readonly name?: string
}

/**
 * Takes the one place that there is on a node.
 * @returns what leaves it; undefined when `signal` was aborted meanwhile
 * @throws Error when another proxy does not end in time
 */
export const takePlace = async (parts: PlaceParts): Promise<(() => void) | undefined> => {
  const { patience, signal, name = NAME } = parts
  for (let waited = 0; !signal.aborted; waited += RETRY_MILLISECONDS) {
    const { server, failure } = await listening(name)
    if (failure === undefined) return () => server.close()
    const foreign = whyForeign(failure, parts, name)
    if (foreign !== undefined) {
      parts.onForeign(foreign)
      return () => {}
    }
    if (waited >= patience) throw new Error(refusal(patience))
    if (waited === 0) parts.onWait()
    await pause(parts)
  }
  return undefined
}

const refusal = (patience: number): string =>
  `another selvedge proxy runs on this node and did not end within ${patience / 1000} s: stop it first; nothing was changed`

const listening = (name: string): Promise<{ readonly server: Server; readonly failure?: Error }> =>
  new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy())
    server.once('error', (failure) => resolve({ server, failure }))
    server.listen({ path: name }, () => resolve({ server }))
    server.unref()
  })

/** Anybody may take the name, and keep a node without its proxy by that; a proxy is root. */
const whyForeign = (failure: Error, { listener }: PlaceParts, name: string): string | undefined => {
  if (!hasCode(failure, 'EADDRINUSE')) return failure.message
  try {
    const user = listener(name)
    return user === undefined || user === 0 ? undefined : `user ${user} holds the name @${name.slice(1)}`
  } catch {
    // Whoever it is, two proxies would be worse than none.
    return undefined
  }
}

const pause = ({ scheduler, signal }: PlaceParts): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = scheduler.after(RETRY_MILLISECONDS, end)
    signal.addEventListener('abort', end)
  })

/** Whether somebody holds the name. */
export const isProxyRunning = (name = NAME): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = connect({ path: name })
    const answer = (running: boolean) => (): void => {
      connection.destroy()
      resolve(running)
    }
    connection.once('connect', answer(true))
    connection.once('error', answer(false))
  })
