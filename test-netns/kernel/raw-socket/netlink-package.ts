/**
 * The `netlink` package's socket classes, unchanged, on our raw socket: the package's `require('./raw')`, which would load its
 * native addon, is resolved to our file. Sync hooks see require and import alike, so this works from CommonJS too.
 */
import { registerHooks } from 'node:module'
import type { GenericNetlinkSocket } from 'netlink/dist/genl/genl.js'
import type { RtNetlinkSocket } from 'netlink/dist/rt/rt.js'
import type { RawSocketOptions } from '#kernel/netlink/raw-socket.ts'

const RAW_SOCKET = import.meta.resolve('#kernel/netlink/raw-socket.ts')

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === './raw' && context.parentURL?.includes('/netlink/dist/')
      ? { url: RAW_SOCKET, format: 'module-typescript', shortCircuit: true }
      : nextResolve(specifier, context),
})

const { createRtNetlink } = await import('netlink/dist/rt/rt.js')
const { createGenericNetlink } = await import('netlink/dist/genl/genl.js')

/** `createRtNetlink` and `createGenericNetlink` of the package; the options it does not know reach our socket. */
export const openPackageRtnetlink = createRtNetlink as (options?: RawSocketOptions) => RtNetlinkSocket
export const openPackageGenericNetlink = createGenericNetlink as (options?: RawSocketOptions) => GenericNetlinkSocket
