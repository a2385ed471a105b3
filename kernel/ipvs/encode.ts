/** IPVS requests as bytes. Pure. */
import { genericRequest } from '../generic-netlink.ts'
import { encodeAttributes } from '../netlink/attributes.ts'
import type { NetlinkRequest } from '../netlink/message.ts'
import { COMMAND, IPVS_MESSAGE, IPVS_VERSION } from './attributes.ts'
import { checkedSeconds } from './fields.ts'
import { operationBytes, serverBytes } from './operation-bytes.ts'
import { endpointText, serverText } from './server-id.ts'
import type { IpvsOperation, IpvsTimeouts, VirtualServerId } from './types.ts'

/**
 * The request that carries out one operation; the kernel answers with an acknowledgement.
 * @param family the generic netlink family's id
 * @throws RangeError that names the field, its value and what is legal; TypeError for an address that is none
 */
export const encodeOperation = (family: number, operation: IpvsOperation): NetlinkRequest => new OperationRequest(family, operation)

/** Only who fails is named: tens of thousands of operations are sent when a proxy starts. */
class OperationRequest implements NetlinkRequest {
  readonly type: number
  readonly flags = 0
  readonly payload: Buffer
  readonly #asked: IpvsOperation

  constructor(family: number, asked: IpvsOperation) {
    this.type = family
    this.payload = operationBytes(asked)
    this.#asked = asked
  }

  get operation(): string {
    return `${WORDS[this.#asked.verb]} ${nameOf(this.#asked)}`
  }
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

const WORDS: Readonly<Record<IpvsOperation['verb'], string>> = {
  addServer: 'add virtual server',
  setServer: 'set virtual server',
  deleteServer: 'delete virtual server',
  addDestination: 'add destination',
  setDestination: 'set destination',
  deleteDestination: 'delete destination',
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
