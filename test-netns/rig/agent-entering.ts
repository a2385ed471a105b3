/** Opening sockets in a namespace: whatever opens one does it at once, with the thread inside for that moment; a socket stays where it was opened. */
import { connect, type Socket } from 'node:net'

/** Runs something synchronous with the calling thread inside a namespace. */
export type Enter = <T>(action: () => T) => T

/** For threads that live where their sockets are to be. */
export const stay: Enter = (action) => action()

/** A name lookup that answers at once: Node's own lets the event loop run first, even for an address. */
export const lookupAtOnce = (address: string, _options: unknown, callback: (error: null, address: string, family: number) => void): void =>
  callback(null, address, address.includes(':') ? 6 : 4)

/** A TCP socket that exists when this returns: a name has `lookup` asked, and for an address Node lets the event loop run first. */
export const connectAtOnce = (to: { address: string; port: number; sourcePort?: number | undefined }): Socket => {
  const own = to.sourcePort === undefined ? {} : { localPort: to.sourcePort }
  const lookup: typeof lookupAtOnce = (_name, options, callback) => lookupAtOnce(to.address, options, callback)
  return connect({ host: 'somebody', port: to.port, lookup, autoSelectFamily: false, ...own })
}
