/**
 * Whether a proxy runs on this node: each holds a name in the network namespace's abstract sockets, which the kernel frees with the process
 * and which needs no file. Several may run for a moment, while one version replaces another; the first has the name.
 */
import { connect, createServer } from 'node:net'

/** @see unix(7), abstract sockets: they belong to a network namespace */
const NAME = '\0selvedge-proxy'

/** Holds the name until the result is called. Somebody else's having it is no failure. */
export const announcePresence = (): (() => void) => {
  const server = createServer((connection) => connection.destroy())
  server.on('error', () => {})
  server.listen({ path: NAME })
  server.unref()
  return () => void server.close()
}

/** Whether somebody holds the name. */
export const isProxyRunning = (): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = connect({ path: NAME })
    const answer = (running: boolean) => (): void => {
      connection.destroy()
      resolve(running)
    }
    connection.once('connect', answer(true))
    connection.once('error', answer(false))
  })
