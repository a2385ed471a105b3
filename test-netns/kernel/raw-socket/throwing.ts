/** A program whose listener throws at the first message: prints what became of that error and of the messages after it. */
import { writeSync } from 'node:fs'
import { RawNetlinkSocket } from '../../../kernel/netlink/raw-socket.ts'

const socket = new RawNetlinkSocket(0)
const uncaught: string[] = []
process.on('uncaughtException', ({ message }) => uncaught.push(message))
let messages = 0
socket.on('message', () => {
  messages += 1
  if (messages === 1) throw new RangeError('first')
})

/** RTM_GETLINK of index 1 (lo): the answer and an acknowledgement, two datagrams. */
const getLo = Buffer.alloc(32)
getLo.writeUInt32LE(32, 0)
getLo.writeUInt16LE(18, 4)
getLo.writeUInt16LE(0x5, 6)
getLo.writeInt32LE(1, 20)
socket.send(getLo)

setImmediate(() => {
  writeSync(1, JSON.stringify({ uncaught, messages }))
  socket.close()
})
