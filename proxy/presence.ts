/**
 * Whether a proxy runs on this node: each holds a name in the network namespace's abstract sockets, which the kernel frees with the process
 * and which needs no file. Two may run while one version replaces another: the second takes the name over when the first ends.
 */
import { connect, createServer, type Server } from 'node:net'
import { hasCode } from '#kernel/errno.ts'
import type { Scheduler } from './services/contract.ts'

/** @see unix(7), abstract sockets: they belong to a network namespace */
const NAME = '\0selvedge-proxy'

const RETRY_MILLISECONDS = 1_000

export interface PresenceParts {
  readonly scheduler: Pick<Scheduler, 'after'>
  /** Called once, when another proxy has the name. */
  readonly onOther: () => void
  /** For tests. */
  readonly name?: string
}

/** Holds the name, or waits for it, until the result is called. Somebody else's having it is no failure. */
export const announcePresence = ({ scheduler, onOther, name = NAME }: PresenceParts): (() => void) => {
  let server: Server | undefined
  let told = false
  let left = false
  let cancel = (): void => {}
  const attempt = (): void => {
    server = createServer((connection) => connection.destroy())
    server.on('error', (error) => {
      if (hasCode(error, 'EADDRINUSE') && !told) {
        told = true
        onOther()
      }
      if (!left) cancel = scheduler.after(RETRY_MILLISECONDS, attempt)
    })
    server.listen({ path: name })
    server.unref()
  }
  attempt()
  return () => {
    left = true
    cancel()
    server?.close()
  }
}

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
