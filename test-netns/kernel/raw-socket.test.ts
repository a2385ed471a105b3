import { readFileSync } from 'node:fs'
import t from 'tap'
import type { KernelError } from '#kernel/errno.ts'
import { RawNetlinkSocket } from '#kernel/netlink/raw-socket.ts'
import { requires } from '../rig/requires.ts'
import { type FreshNamespace, freshNamespace } from './fresh-namespace.ts'
import { openPackageGenericNetlink, openPackageRtnetlink } from './raw-socket/netlink-package.ts'

const NEEDS = requires('root', 'ip')

const NETLINK_ROUTE = 0
const RTNLGRP_LINK = 1
const RTM_NEWLINK = 16
const NLMSG_ERROR = 2

/** RTM_GETLINK of lo with NLM_F_REQUEST | NLM_F_ACK: answered by two datagrams. */
const getLo = (sequence: number): Buffer => {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32LE(32, 0)
  bytes.writeUInt16LE(18, 4)
  bytes.writeUInt16LE(0x5, 6)
  bytes.writeUInt32LE(sequence, 8)
  bytes.writeInt32LE(1, 20)
  return bytes
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A raw socket in `namespace`, and the types of the messages it has delivered. */
const rawSocket = (t: { teardown(action: () => void): void }, { namespace }: FreshNamespace) => {
  const socket = new RawNetlinkSocket(NETLINK_ROUTE, { namespace })
  t.teardown(() => socket.close())
  const types: number[] = []
  socket.on('message', (datagram) => types.push(datagram.readUInt16LE(4)))
  return { socket, types }
}

t.test('the package’s rtnetlink runs on it, in any namespace', NEEDS, async (t) => {
  const made = freshNamespace(t)
  made.exec('ip', 'link', 'add', 'br0', 'type', 'bridge')
  const socket = openPackageRtnetlink({ namespace: made.namespace })
  t.teardown(() => socket.socket.close())
  const links = await socket.getLinks({}, {})
  t.same(
    links.map(({ data, attrs }) => [data.index, attrs.ifname, attrs.mtu]),
    made.ip('link').map(({ ifindex, ifname, mtu }) => [ifindex, ifname, mtu]),
  )
  const index = made.rtnetlink.link('br0')?.index ?? 0
  await socket.setLink({ index, flags: { up: true }, change: { up: true } }, {})
  t.match(made.ip('link show br0')[0], { flags: /\bUP\b/ })
  await t.rejects(socket.delLink({ index: 4711 }, {}), { message: 'Request rejected: ENODEV' })
})

t.test('the package’s generic netlink runs on it', NEEDS, async (t) => {
  const socket = openPackageGenericNetlink()
  t.teardown(() => socket.socket.close())
  const CTRL_CMD_GETFAMILY = 3
  t.match(await socket.ctrlRequest(CTRL_CMD_GETFAMILY, { familyName: 'nlctrl' }), [{ familyName: 'nlctrl', familyId: 0x10 }])
})

t.test('the package’s native addon is not loaded', NEEDS, async (t) => {
  t.notMatch(readFileSync('/proc/self/maps', 'utf8'), /\/netlink\/.*\.node$/m)
})

t.test('answers come after send has returned, and after its callback', NEEDS, async (t) => {
  const { socket } = rawSocket(t, freshNamespace(t))
  const order: string[] = []
  socket.on('message', (datagram, info) => {
    order.push(`message ${datagram.readUInt16LE(4)}`)
    t.same(info, { port: 0, groups: 0 })
  })
  socket.send(getLo(1), {}, (error) => order.push(`sent ${error}`))
  order.push('returned')
  await turn()
  t.same(order, ['returned', 'sent undefined', `message ${RTM_NEWLINK}`, `message ${NLMSG_ERROR}`])
})

t.test('a message in pieces is sent as one', NEEDS, async (t) => {
  const { socket, types } = rawSocket(t, freshNamespace(t))
  socket.send([getLo(1).subarray(0, 16), getLo(1).subarray(16)])
  await turn()
  t.same(types, [RTM_NEWLINK, NLMSG_ERROR])
})

t.test('a flood of answers is an error event, after which the socket goes on', NEEDS, async (t) => {
  const { socket, types } = rawSocket(t, freshNamespace(t))
  const errors: KernelError[] = []
  socket.on('error', (error) => errors.push(error))
  socket.setRecvBufferSize(1)
  for (let sequence = 1; sequence <= 200; sequence++) socket.send(getLo(sequence))
  await turn()
  t.match(errors[0], { name: 'KernelError', code: 'ENOBUFS' })
  t.ok(types.length > 0 && types.length < 400, `${types.length} of 400 arrived`)
  socket.setRecvBufferSize(1 << 20)
  types.length = 0
  socket.send(getLo(999))
  await turn()
  t.same(types, [RTM_NEWLINK, NLMSG_ERROR])
})

t.test('a failing send is told to its callback, or else an error event', NEEDS, async (t) => {
  const { socket } = rawSocket(t, freshNamespace(t))
  const told: string[] = []
  socket.on('error', ({ code }) => told.push(`event ${code}`))
  const tooLarge = Buffer.alloc(1 << 26)
  socket.send(tooLarge, {}, (error) => told.push(`callback ${error?.code}`))
  socket.send(tooLarge)
  socket.send(getLo(1), { port: 4711 }, (error) => told.push(`callback ${error?.code}`))
  t.same(told, [])
  await turn()
  t.same(told, ['callback EMSGSIZE', 'event EMSGSIZE', 'callback EOPNOTSUPP'])
})

t.test('messages of a group arrive until it is left', NEEDS, async (t) => {
  const made = freshNamespace(t)
  const { socket, types } = rawSocket(t, made)
  socket.addMembership(RTNLGRP_LINK)
  t.match(socket.address(), { groups: 1 })
  made.exec('ip', 'link', 'add', 'br0', 'type', 'bridge')
  await new Promise((resolve) => socket.once('message', resolve))
  t.equal(types[0], RTM_NEWLINK)
  socket.dropMembership(RTNLGRP_LINK)
  t.match(socket.address(), { groups: 0 })
  socket.send(getLo(1))
  await turn()
  types.length = 0
  made.exec('ip', 'link', 'add', 'br1', 'type', 'bridge')
  socket.send(getLo(2))
  await turn()
  t.same(types, [RTM_NEWLINK, NLMSG_ERROR], 'only what was asked for')
})

t.test('groups can be named by a mask, and have to exist', NEEDS, async (t) => {
  const made = freshNamespace(t)
  const socket = new RawNetlinkSocket(NETLINK_ROUTE, { namespace: made.namespace, localGroups: 0x11 })
  t.teardown(() => socket.close())
  t.match(socket.address(), { groups: 0x11 })
  t.throws(() => socket.addMembership(4711), { code: 'EINVAL' })
})

t.test('a buffer that is too small shows in its own event', NEEDS, async (t) => {
  const made = freshNamespace(t)
  const socket = new RawNetlinkSocket(NETLINK_ROUTE, { namespace: made.namespace, messagePeeking: false, msgBufferSize: 40 })
  t.teardown(() => socket.close())
  const events: [string, number, number | undefined][] = []
  socket.on('message', (datagram, info) => events.push(['message', datagram.length, info.truncated]))
  socket.on('truncatedMessage', (datagram, info) => events.push(['truncated', datagram.length, info.truncated]))
  socket.send(getLo(1))
  await turn()
  t.match(events, [
    ['truncated', 40, Number],
    ['message', 36, undefined],
  ])
  t.ok((events[0]?.[2] ?? 0) > 500, 'with its real length')
})

t.test('buffers have the sizes that were set, doubled as socket(7) says', NEEDS, async (t) => {
  const socket = new RawNetlinkSocket(NETLINK_ROUTE, { recvBufferSize: 65_536, sendBufferSize: 32_768 })
  t.teardown(() => socket.close())
  t.equal(socket.getRecvBufferSize(), 131_072)
  t.equal(socket.getSendBufferSize(), 65_536)
})

t.test('a closed socket delivers nothing more, and says so once', NEEDS, async (t) => {
  const { socket, types } = rawSocket(t, freshNamespace(t))
  let closed = 0
  socket.on('close', () => {
    closed += 1
  })
  socket.send(getLo(1), {}, () => t.fail('no callback either'))
  socket.close()
  socket.close()
  await turn()
  t.equal(closed, 1)
  t.same(types, [])
})

t.test('a port of one’s own choice is refused', NEEDS, async (t) => {
  t.throws(() => new RawNetlinkSocket(NETLINK_ROUTE, { localPort: 4711 }), { code: 'EOPNOTSUPP', message: /netlink port 4711/ })
})
