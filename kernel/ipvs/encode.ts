/** IPVS requests as bytes. Pure. */
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { genericRequest } from '../generic-netlink.ts'
import { type AttributeValues, encodeAttributes } from '../netlink/attributes.ts'
import type { NetlinkRequest } from '../netlink/message.ts'
import { COMMAND, IPVS_MESSAGE, IPVS_VERSION } from './attributes.ts'
import { destinationBytes, namedDestinationBytes, serverBytes } from './destination-bytes.ts'
import {
  addressFamily,
  checkedMark,
  checkedPort,
  checkedScheduler,
  checkedSeconds,
  flagsOf,
  netlinkFamily,
  singleClient,
  unionOf,
} from './fields.ts'
import { endpointText, familyOfServer, isMarkServer, serverText } from './server-id.ts'
import type { IpvsOperation, IpvsTimeouts, VirtualServer, VirtualServerId } from './types.ts'

type Message = AttributeValues<typeof IPVS_MESSAGE>

/**
 * The request that carries out one operation; the kernel answers with an acknowledgement.
 * @param family the generic netlink family's id
 * @throws RangeError that names the field, its value and what is legal; TypeError for an address that is none
 */
export const encodeOperation = (family: number, operation: IpvsOperation): NetlinkRequest => {
  const [words, command] = VERBS[operation.verb]
  const attributes = attributesOf(operation)
  return genericRequest({
    // Only who fails is named: tens of thousands of operations are sent when a proxy starts.
    get operation() {
      return `${words} ${nameOf(operation)}`
    },
    type: family,
    command,
    version: IPVS_VERSION,
    attributes,
  })
}

/** The dump of all virtual servers. */
export const encodeServersDump = (family: number): NetlinkRequest =>
  encodeRequest(family, { operation: 'list virtual servers', command: COMMAND.getService, attributes: NOTHING })

/** The dump of one server's destinations; an unknown server's is empty. */
export const encodeDestinationsDump = (family: number, server: VirtualServerId): NetlinkRequest =>
  encodeRequest(family, {
    operation: `list destinations of ${serverText(server)}`,
    command: COMMAND.getDestination,
    attributes: serverBytes(server),
  })

/** The question for the connection timeouts. */
export const encodeTimeoutsQuery = (family: number): NetlinkRequest =>
  encodeRequest(family, { operation: 'read IPVS timeouts', command: COMMAND.getConfig, attributes: NOTHING })

/** @throws RangeError that names the timeout */
export const encodeTimeouts = (family: number, { tcp, tcpFin, udp }: IpvsTimeouts): NetlinkRequest =>
  encodeRequest(family, {
    operation: 'set IPVS timeouts',
    command: COMMAND.setConfig,
    attributes: encodeAttributes(IPVS_MESSAGE, {
      timeoutTcp: checkedSeconds('tcp timeout', tcp),
      timeoutTcpFin: checkedSeconds('tcpFin timeout', tcpFin),
      timeoutUdp: checkedSeconds('udp timeout', udp),
    }),
  })

const NOTHING = Buffer.alloc(0)

const VERBS: Readonly<Record<IpvsOperation['verb'], readonly [words: string, command: number]>> = {
  addServer: ['add virtual server', COMMAND.newService],
  setServer: ['set virtual server', COMMAND.setService],
  deleteServer: ['delete virtual server', COMMAND.deleteService],
  addDestination: ['add destination', COMMAND.newDestination],
  setDestination: ['set destination', COMMAND.setDestination],
  deleteDestination: ['delete destination', COMMAND.deleteDestination],
}

interface Request {
  readonly operation: string
  readonly command: number
  readonly attributes: Buffer
}

const encodeRequest = (family: number, { operation, command, attributes }: Request): NetlinkRequest =>
  genericRequest({ operation, type: family, command, version: IPVS_VERSION, attributes })

const nameOf = (operation: IpvsOperation): string =>
  'destination' in operation ? `${endpointText(operation.destination)} of ${serverText(operation.server)}` : serverText(operation.server)

const attributesOf = (operation: IpvsOperation): Buffer => {
  switch (operation.verb) {
    case 'addServer':
    case 'setServer':
      return encodeAttributes(IPVS_MESSAGE, { service: serviceOf(operation.server) })
    case 'deleteServer':
      return serverBytes(operation.server)
    case 'addDestination':
    case 'setDestination':
      return destinationBytes(operation.server, operation.destination)
    case 'deleteDestination':
      return namedDestinationBytes(operation.server, operation.destination)
  }
}

const serviceOf = (server: VirtualServer): NonNullable<Message['service']> => ({
  ...identityOf(server),
  scheduler: checkedScheduler(server.scheduler),
  flags: flagsOf(server),
  timeout: timeoutOf(server),
  netmask: singleClient(familyOfServer(server)),
})

/** One field of the kernel's for both: with persistence the clients' time, without it whatever was written. */
const timeoutOf = ({ persistenceSeconds, spareSeconds = 0 }: VirtualServer): number =>
  persistenceSeconds > 0 ? checkedSeconds('persistenceSeconds', persistenceSeconds) : checkedSeconds('spareSeconds', spareSeconds)

const identityOf = (server: VirtualServerId): NonNullable<Message['service']> =>
  isMarkServer(server)
    ? { family: netlinkFamily(server.family), firewallMark: checkedMark(server.fwmark) }
    : {
        family: addressFamily(server.address),
        protocol: PROTOCOL_NUMBER[server.protocol],
        address: unionOf(server.address),
        port: checkedPort('port', server.port),
      }
