/** The two ways to name a virtual server, told apart and as text. Pure. */
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import type { MarkServerId, VirtualServerId } from './types.ts'

export const isMarkServer = <Id extends VirtualServerId>(server: Id): server is Extract<Id, MarkServerId> => 'fwmark' in server

export const familyOfServer = (server: VirtualServerId): Family => (isMarkServer(server) ? server.family : familyOf(server.address))

/** `192.0.2.1:80`, `[2001:db8::1]:80` */
export const endpointText = ({ address, port }: { readonly address: IpAddress; readonly port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** `tcp 192.0.2.1:80`, or `fwmark 0x12000 ipv4`; equal texts are the same virtual server. */
export const serverText = (server: VirtualServerId): string =>
  isMarkServer(server) ? `fwmark 0x${server.fwmark.toString(16)} ipv${server.family}` : `${server.protocol} ${endpointText(server)}`

/** The identity alone, without settings or counters that `server` may have besides. */
export const serverId = (server: VirtualServerId): VirtualServerId =>
  isMarkServer(server)
    ? { fwmark: server.fwmark, family: server.family }
    : { protocol: server.protocol, address: server.address, port: server.port }
