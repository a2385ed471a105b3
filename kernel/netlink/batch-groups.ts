/** Which requests of a batch go into one datagram. */
import { type NetlinkRequest, paddedLength } from './message.ts'

/** 16 KiB was as fast as 100 KiB, and its error replies cannot overflow the receive queue. */
export const BATCH_BYTES = 16_384

/** As many requests as fit a datagram; one that is larger has its own. */
export const groupFrom = (requests: readonly NetlinkRequest[], start: number): { group: readonly NetlinkRequest[]; bytes: number } => {
  let [end, bytes] = [start, 0]
  for (; end < requests.length; end++) {
    const request = requests[end]
    const length = request === undefined ? 0 : paddedLength(request)
    if (end > start && bytes + length > BATCH_BYTES) break
    bytes += length
  }
  return { group: requests.slice(start, end), bytes }
}
