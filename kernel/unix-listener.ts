/**
 * Who listens at an abstract name of UNIX sockets: anybody may take any of these names, so a name alone proves nothing.
 *
 *   unix_diag_req: u8 family | u8 protocol | u16 pad | u32 states | u32 inode | u32 show | u32 cookie[2]
 *   unix_diag_msg: u8 family | u8 type | u8 state | u8 pad | u32 inode | u32 cookie[2], then attributes
 *
 * @see include/uapi/linux/unix_diag.h; sock_diag(7); unix(7), abstract sockets
 */
import type { Namespace } from './namespace.ts'
import { openChannel } from './netlink/channel.ts'
import type { NetlinkRequest } from './netlink/message.ts'
import { attributesOf } from './rtnetlink/wire.ts'

const NETLINK_SOCK_DIAG = 4
const SOCK_DIAG_BY_FAMILY = 20
const AF_UNIX = 1
const LISTENING = 1 << 10
const UDIAG_SHOW_NAME = 0x01
/** From Linux 5.3 on. */
const UDIAG_SHOW_UID = 0x40
const UNIX_DIAG_NAME = 0
const UNIX_DIAG_UID = 7
const REQUEST_BYTES = 24
const REPLY_BYTES = 16

/**
 * The user that listens at `name` (it begins with NUL) in `namespace`, by default the calling thread's; undefined when nobody does, or the kernel does
 * not say who. @throws KernelError
 */
export const unixListener = (name: string, namespace?: Namespace): number | undefined => {
  const channel = openChannel(NETLINK_SOCK_DIAG, namespace)
  try {
    for (const reply of channel.dump(LISTENERS)) {
      const attributes = attributesOf(reply.payload.subarray(REPLY_BYTES))
      if (nameIn(attributes) === name) return attributes.get(UNIX_DIAG_UID)?.readUInt32LE()
    }
    return undefined
  } finally {
    channel.close()
  }
}

const request = Buffer.alloc(REQUEST_BYTES)
request.writeUInt8(AF_UNIX, 0)
request.writeUInt32LE(LISTENING, 4)
request.writeUInt32LE(UDIAG_SHOW_NAME | UDIAG_SHOW_UID, 12)

const LISTENERS: NetlinkRequest = { operation: 'list UNIX listeners', type: SOCK_DIAG_BY_FAMILY, flags: 0, payload: [request] }

/** Some programs bind the whole field of the address, and the rest of their name is NULs. */
const nameIn = (attributes: ReadonlyMap<number, Buffer>): string | undefined =>
  attributes.get(UNIX_DIAG_NAME)?.toString('latin1').replace(/\0+$/, '')
