/**
 * What the simulated IPVS answers: its family's number, an empty list, and to every change that it is done.
 * @see include/uapi/linux/netlink.h, genetlink.h
 */

const HEADER_BYTES = 16
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLM_F_MULTI = 0x2
const NLM_F_ACK = 0x4
const NLM_F_DUMP = 0x300
const GENL_ID_CTRL = 16
const IPVS_FAMILY = 40

/** CTRL_CMD_NEWFAMILY, version 2: CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME. */
const FAMILY = Buffer.concat([
  Buffer.from([1, 2, 0, 0, 6, 0, 1, 0, IPVS_FAMILY, 0, 0, 0, 9, 0, 2, 0]),
  Buffer.from('IPVS\0\0\0\0', 'latin1'),
])

/** @param sent a datagram of requests @returns datagrams of one message each */
export const answersTo = (sent: Buffer): Buffer[] => {
  const answers: Buffer[] = []
  for (let start = 0; start + HEADER_BYTES <= sent.length; ) {
    const length = sent.readUInt32LE(start)
    answers.push(...answersToOne(sent.subarray(start, start + length)))
    start += (length + 3) & ~3
  }
  return answers
}

const answersToOne = (request: Buffer): Buffer[] => {
  const [type, flags] = [request.readUInt16LE(4), request.readUInt16LE(6)]
  if ((flags & NLM_F_DUMP) === NLM_F_DUMP) return [message(request, NLMSG_DONE, NLM_F_MULTI, Buffer.alloc(4))]
  const family = type === GENL_ID_CTRL ? [message(request, type, 0, FAMILY)] : []
  const done = Buffer.concat([Buffer.alloc(4), request.subarray(0, HEADER_BYTES)])
  return (flags & NLM_F_ACK) === 0 ? family : [...family, message(request, NLMSG_ERROR, 0, done)]
}

/** With the sequence number and the port of what it answers. */
const message = (request: Buffer, type: number, flags: number, payload: Buffer): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(HEADER_BYTES + payload.length, 0)
  header.writeUInt16LE(type, 4)
  header.writeUInt16LE(flags, 6)
  request.copy(header, 8, 8, HEADER_BYTES)
  return Buffer.concat([header, payload])
}
