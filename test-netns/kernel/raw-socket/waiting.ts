/** A program that has joined a group and has nothing else to do; exits with 7 when something kept it alive. `unref` lets go. */
import { RawNetlinkSocket } from '../../../kernel/netlink/raw-socket.ts'

const socket = new RawNetlinkSocket(0)
if (process.argv[2] === 'unref') socket.unref()
socket.addMembership(1)
if (process.argv[2] === 'drop') socket.dropMembership(1)
setTimeout(() => process.exit(7), 300).unref()
