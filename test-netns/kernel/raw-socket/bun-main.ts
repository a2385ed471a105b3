/** The Bun executable's program: lists the links of its namespace by the `netlink` package, then floods the socket and lists again. */
import { writeSync } from 'node:fs'
import { createRtNetlink } from 'netlink/dist/rt/rt.js'

const socket = createRtNetlink()
const errors: string[] = []
socket.socket.on('error', ({ code }) => errors.push(code))

const names = async (): Promise<(string | undefined)[]> => (await socket.getLinks({}, {})).map(({ attrs }) => attrs.ifname)

const before = await names()
socket.socket.setRecvBufferSize(1)
for (let count = 0; count < 200; count++) socket.socket.send(18, Buffer.alloc(16), { flags: 0x5 })
await new Promise((resolve) => setImmediate(resolve))
socket.socket.setRecvBufferSize(1 << 20)
const after = await names()
writeSync(1, JSON.stringify({ before, errors: [...new Set(errors)], after }))
