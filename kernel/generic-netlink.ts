/**
 * Generic netlink: families by name, and the 4-byte header of their messages.
 *
 *   genlmsghdr: u8 command | u8 version | u16 reserved, then attributes
 *
 * @see include/uapi/linux/genetlink.h
 */
import { hasCode, KernelError } from './errno.ts'
import { type AttributeTable, decodeAttributes, encodeAttributes } from './netlink/attributes.ts'
import type { NetlinkChannel } from './netlink/channel.ts'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'

const GENL_ID_CTRL = 0x10
const CTRL_CMD_GETFAMILY = 3
const CTRL_VERSION = 1
const HEADER_BYTES = 4
const EPROTO = 71

const CONTROLLER = { familyId: [1, 'u16'], familyName: [2, 'text'] } as const satisfies AttributeTable

/** A family's id in this kernel's present run, or undefined when no such family is registered. @throws KernelError */
export const findGenericFamily = (channel: Pick<NetlinkChannel, 'request'>, familyName: string): number | undefined => {
  const attributes = encodeAttributes(CONTROLLER, { familyName })
  const operation = `look up generic netlink family ${familyName}`
  try {
    const [reply] = channel.request(
      genericRequest({ operation, type: GENL_ID_CTRL, command: CTRL_CMD_GETFAMILY, version: CTRL_VERSION, attributes }),
    )
    const id = reply && decodeAttributes(CONTROLLER, genericAttributes(reply)).familyId
    if (id === undefined) throw new KernelError(`${operation}: no id in the answer`, EPROTO)
    return id
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A request to a family: `type` is the family's id, `operation` names the request in errors. */
export interface GenericRequest {
  readonly operation: string
  readonly type: number
  readonly command: number
  readonly version: number
  readonly attributes: Uint8Array
}

/** The netlink request that carries a generic one. */
export const genericRequest = (request: GenericRequest): NetlinkRequest => ({
  get operation() {
    return request.operation
  },
  type: request.type,
  flags: 0,
  payload: [Buffer.from([request.command, request.version, 0, 0]), request.attributes],
})

/** The command of a generic netlink message. */
export const genericCommand = (reply: NetlinkReply): number | undefined => reply.payload[0]

/** The attributes of a generic netlink message. */
export const genericAttributes = (reply: NetlinkReply): Buffer => reply.payload.subarray(HEADER_BYTES)
