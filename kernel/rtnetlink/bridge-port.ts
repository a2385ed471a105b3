/** Flags of a bridge's port: IFLA_PROTINFO of the AF_BRIDGE family, include/uapi/linux/if_link.h IFLA_BRPORT_*. */
import { putU8 } from 'netlink/dist/structs.js'
import type { NetlinkRequest } from '../netlink/message.ts'
import { ifinfomsg } from './link-messages.ts'
import { AF_BRIDGE, attribute, nested, RTM_SETLINK } from './wire.ts'

const IFLA_PROTINFO = 12
/** Hairpin mode: packets may leave through the port they came in by. */
const IFLA_BRPORT_MODE = 4
/** An isolated port talks to ports that are not. */
const IFLA_BRPORT_ISOLATED = 33

export const setBridgePortRequest = (
  index: number,
  { hairpin, isolated }: { readonly hairpin?: boolean; readonly isolated?: boolean },
): NetlinkRequest => ({
  operation: `set bridge port ${index}`,
  type: RTM_SETLINK,
  flags: 0,
  payload: [
    ifinfomsg({ family: AF_BRIDGE, index }),
    ...nested(IFLA_PROTINFO, attribute(IFLA_BRPORT_MODE, hairpin, putFlag), attribute(IFLA_BRPORT_ISOLATED, isolated, putFlag)),
  ],
})

const putFlag = (on: boolean): Uint8Array => putU8(on ? 1 : 0)
