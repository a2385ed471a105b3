/** Real netlink sockets that are interrupted, and whose queue is too small for what the kernel has to say. */
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { type Namespace, openNamespace } from '#kernel/namespace.ts'
import { channelOver, type NetlinkChannel } from '#kernel/netlink/channel.ts'
import type { NetlinkRequest } from '#kernel/netlink/message.ts'
import { NETLINK_ROUTE, openNetlinkSocket } from '#kernel/netlink/socket.ts'
import { libc } from '#libc'
import { makeNamespace } from '../rig/namespace.ts'
import { startProcess } from '../rig/process.ts'
import { requires } from '../rig/requires.ts'

const NEEDS = requires('root', 'ip')
const PROGRAM = join(import.meta.dirname, 'netlink-faults/program.ts')

const resultOf = (output: string): unknown => JSON.parse(output.trim().split('\n').at(-1) ?? '')

t.test(
  'every second receive is interrupted (EINTR): nothing is lost, nothing is done twice',
  requires('root', 'ip', 'strace'),
  async (t) => {
    const { command } = makeNamespace(t, 'eintr')
    const interrupt = ['strace', '-qq', '-o', `${t.testdir()}/trace`, '-e', 'trace=recvfrom', '-e', 'inject=recvfrom:error=EINTR:when=1+2']
    const [program, ...parameters] = interrupt
    const running = await startProcess(t, command(String(program), ...parameters, process.execPath, PROGRAM, '3'))
    t.equal(await running.ended, 0)
    t.same(resultOf(running.output()), { wrong: [], signals: 0 })
  },
)

t.test('a storm of signals disturbs no answer', NEEDS, async (t) => {
  const { command } = makeNamespace(t, 'signals')
  const running = await startProcess(t, command(process.execPath, PROGRAM, '30'), { ready: /ready/ })
  let over = false
  void running.ended.then(() => {
    over = true
  })
  while (!over) {
    for (let count = 0; count < 20; count++) void running.stop('SIGUSR2')
    await after(1)
  }
  const { wrong, signals } = resultOf(running.output()) as { wrong: string[]; signals: number }
  t.same(wrong, [])
  t.ok(signals > 20, `${signals} signals`)
})

const SOL_SOCKET = 1
const SO_RCVBUF = 8
const RTM_DELROUTE = 25
const RTM_GETLINK = 18
const IFLA_IFNAME = 3

/** A channel whose queue holds a message or two: the kernel makes no queue smaller than 2,304 bytes. */
const narrowChannel = (namespace: Namespace): NetlinkChannel => {
  const socket = openNetlinkSocket(NETLINK_ROUTE, namespace)
  libc.setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, 1)
  return channelOver(socket)
}

/** struct rtmsg: a host route of IPv4 that does not exist. */
const missingRoute = (number: number): NetlinkRequest => ({
  operation: 'delete route',
  type: RTM_DELROUTE,
  flags: 0,
  payload: Buffer.from([2, 32, 0, 0, 254, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 0, 10, 9, number >> 8, number & 255]),
})
const links: NetlinkRequest = { operation: 'links', type: RTM_GETLINK, flags: 0, payload: Buffer.alloc(16) }

const inFresh = (t: Parameters<typeof makeNamespace>[0]): { namespace: Namespace; ip: (...commands: string[]) => void } => {
  const made = makeNamespace(t, 'narrow')
  const namespace = openNamespace(made.path)
  t.teardown(() => namespace.close())
  return { namespace, ip: made.ip }
}

t.test('refusals that overrun the queue (ENOBUFS) fail their batch, and the next ones have their own answers', NEEDS, async (t) => {
  const { namespace } = inFresh(t)
  const channel = narrowChannel(namespace)
  t.throws(() => channel.batch(Array.from({ length: 300 }, (_, number) => missingRoute(number))), { code: 'ENOBUFS' })
  for (let round = 0; round < 5; round++) {
    const [outcome, ...others] = channel.batch([missingRoute(round)])
    t.match(outcome, { code: 'ESRCH' })
    t.same(others, [])
  }
  t.throws(() => channel.request(missingRoute(7)), { code: 'ESRCH' })
  channel.close()
})

t.test('a dump far larger than the queue is whole: the kernel waits for its reader', NEEDS, async (t) => {
  const { namespace, ip } = inFresh(t)
  ip(...Array.from({ length: 100 }, (_, number) => `link add br${number} type bridge`))
  const channel = narrowChannel(namespace)
  const names = channel.dump(links).map(({ payload }) => nameIn(payload))
  t.equal(names.length, 101)
  t.same(new Set(names).size, 101)
  t.ok(names.includes('br99'))
  channel.close()
})

/** The name of a link: an attribute after the 16 bytes of struct ifinfomsg. */
const nameIn = (payload: Buffer): string => {
  for (let at = 16; at + 4 <= payload.length; at += (payload.readUInt16LE(at) + 3) & ~3) {
    const length = payload.readUInt16LE(at)
    if (payload.readUInt16LE(at + 2) === IFLA_IFNAME) return payload.toString('latin1', at + 4, at + length - 1)
    if (length < 4) break
  }
  return ''
}
