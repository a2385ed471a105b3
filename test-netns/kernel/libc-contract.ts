/**
 * What #libc must do, as one program that runs under Node and under Bun: prints its findings as JSON. `libc.test.ts` starts both.
 *
 *   libc-contract.ts facts NAMESPACE LOCKED_FILE    one line of findings
 *   libc-contract.ts hold FILE                      locks FILE, prints `locked`, lets go when standard input ends
 */
import { closeSync, openSync, readlinkSync, readSync, writeSync } from 'node:fs'
import { libc } from '#libc'
import { withFileLock } from '../../kernel/file-lock.ts'
import { inNamespace, openNamespace } from '../../kernel/namespace.ts'
import { openChannel } from '../../kernel/netlink/channel.ts'
import { NETLINK_ROUTE, openNetlinkSocket } from '../../kernel/netlink/socket.ts'
import { openRtnetlink, rtnetlinkOver } from '../../kernel/rtnetlink/open.ts'

const CLONE_NEWNET = 0x40000000
const LOCK_EX = 2
const LOCK_NB = 4
const LOCK_UN = 8
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const MSG_DONTWAIT = 0x40

const here = (): string => readlinkSync('/proc/thread-self/ns/net')

const fileSystems = (namespace: string): object => ({
  namespaceType: libc.statfsType(namespace).toString(16),
  procType: libc.statfsType('/proc').toString(16),
  missing: libc.statfsType('/no/such/file'),
  belowAFile: libc.statfsType('/etc/passwd/x'),
  tooLong: libc.statfsType(`/${'x'.repeat(5000)}`),
})

/** Failures are -errno, each its own: no call sees another's. */
const failures = (): object => {
  const file = openSync('/etc/passwd', 'r')
  const found = {
    socket: libc.socket(9999, 3, 0),
    bind: libc.bind(-1, Buffer.alloc(12)),
    getsockname: libc.getsockname(file, Buffer.alloc(12)),
    setsockopt: libc.setsockopt(file, SOL_SOCKET, SO_RCVBUF, 1),
    getsockopt: libc.getsockopt(-1, SOL_SOCKET, SO_RCVBUF, new Int32Array(1)),
    send: libc.send(-1, Buffer.alloc(1), 0),
    recv: libc.recv(file, Buffer.alloc(1), 0),
    setns: libc.setns(file, CLONE_NEWNET),
    setnsClosed: libc.setns(-1, CLONE_NEWNET),
    flock: libc.flock(-1, LOCK_EX),
  }
  closeSync(file)
  return found
}

/** A lock that the parent holds, and one of our own. */
const locks = (lockedFile: string): object => {
  const [parents, own] = [openSync(lockedFile, 'r'), openSync('/etc/passwd', 'r')]
  const found = {
    heldByParent: libc.flock(parents, LOCK_EX | LOCK_NB),
    own: libc.flock(own, LOCK_EX | LOCK_NB),
    released: libc.flock(own, LOCK_UN),
  }
  closeSync(parents)
  closeSync(own)
  return found
}

/** Sixteen bytes twice: equal, or all zero, once in 2^128 times. */
const random = (): object => {
  const draws = [Buffer.alloc(16), Buffer.alloc(16)]
  const lengths = draws.map((bytes) => libc.getrandom(bytes))
  return { lengths, different: new Set([...draws, Buffer.alloc(16)].map((bytes) => bytes.toString('hex'))).size }
}

const netlink = (): object => {
  const socket = openNetlinkSocket(NETLINK_ROUTE)
  const size = new Int32Array(1)
  const found = {
    hasPort: socket.port !== 0,
    nothingWaiting: libc.recv(socket.fd, Buffer.alloc(16), MSG_DONTWAIT),
    sizeSet: libc.setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, 65_536),
    sizeRead: libc.getsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, size),
    size: size[0],
  }
  socket.close()
  return found
}

/** Entering a namespace and coming back; a socket opened there stays there, also for messages sent after coming back. */
const namespaces = (path: string): object => {
  const namespace = openNamespace(path)
  const home = here()
  const inside = inNamespace(namespace, here)
  const channel = openChannel(NETLINK_ROUTE, namespace)
  const rtnetlink = rtnetlinkOver(channel)
  const own = openRtnetlink()
  const found = {
    insideIsElsewhere: inside !== home,
    homeAgain: here() === home,
    probe: rtnetlink.link('probe0')?.mac,
    addresses: rtnetlink.addresses({ family: 4 }).map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    probeAtHome: own.link('probe0')?.name,
    refusal: messageOf(() => rtnetlink.addLink({ kind: 'bridge', name: 'probe0' })),
  }
  for (const opened of [own, rtnetlink, namespace]) opened.close()
  return found
}

const messageOf = (action: () => void): string | undefined => {
  try {
    action()
    return undefined
  } catch (error) {
    return String(error)
  }
}

const [verb, ...paths] = process.argv.slice(2)
if (verb === 'facts') {
  const [namespace = '', lockedFile = ''] = paths
  const facts = {
    ...{ fileSystems: fileSystems(namespace), failures: failures(), locks: locks(lockedFile) },
    ...{ random: random(), netlink: netlink(), namespaces: namespaces(namespace) },
  }
  writeSync(1, `${JSON.stringify(facts)}\n`)
} else if (verb === 'hold') {
  withFileLock(paths[0] ?? '', 0o600, () => {
    writeSync(1, 'locked\n')
    readSync(0, Buffer.alloc(1))
  })
} else throw new Error(`unknown verb ${verb}`)
