/**
 * A netlink socket with the shape of the `netlink` package's RawNetlinkSocket (`netlink/dist/raw.js`), on our own synchronous one:
 * no native addon, no abort on ENOBUFS, any namespace. The package's NetlinkSocket, RtNetlinkSocket and GenericNetlinkSocket take it
 * in their constructors. Their modules load `./raw` by themselves; resolve that to this file first (module.registerHooks under
 * Node, a plugin's onResolve under Bun), or the addon is loaded in vain.
 */
import { EventEmitter } from 'node:events'
import type { MessageInfo, RawNetlinkSendOptions, RawNetlinkSocketOptions } from 'netlink/dist/raw.js'
import { libc } from '#libc'
import { hasCode, KernelError, orThrow } from '../errno.ts'
import type { Namespace } from '../namespace.ts'
import { receiveDatagram } from './receive-datagram.ts'
import { type NetlinkSocket, openNetlinkSocket } from './socket.ts'

const EOPNOTSUPP = 95
const SOL_SOCKET = 1
const SO_SNDBUF = 7
const SO_RCVBUF = 8
const SOL_NETLINK = 270
const NETLINK_DROP_MEMBERSHIP = 2

/** Neither runtime can wait for such a descriptor, so a socket that has joined a group looks at its queue this often. */
const POLL_MILLISECONDS = 25

interface RawSocketEvents {
  message: [datagram: Buffer, info: MessageInfo]
  truncatedMessage: [datagram: Buffer, info: MessageInfo]
  error: [error: KernelError]
  close: []
}

/** The package's options, and the namespace to open the socket in. `localPort` is refused: the kernel chooses ports. */
export type RawSocketOptions = Partial<RawNetlinkSocketOptions> & { readonly namespace?: Namespace }

/**
 * Answers are delivered after `send` has returned, each datagram in a microtask of its own. Lost messages (ENOBUFS) are an `error`
 * event, after which what was kept is delivered. `info` always names the kernel as sender (port 0) and no groups.
 */
export class RawNetlinkSocket extends EventEmitter<RawSocketEvents> {
  readonly #socket: NetlinkSocket
  /** 0 = ask each datagram's size first. */
  readonly #bufferBytes: number
  readonly #groups = new Set<number>()
  #poll: NodeJS.Timeout | undefined
  #referenced = true
  #closed = false

  constructor(protocol: number, options: RawSocketOptions = {}) {
    super()
    if (options.localPort !== undefined) throw new KernelError(`netlink port ${options.localPort}`, EOPNOTSUPP)
    this.#bufferBytes = options.messagePeeking === false ? (options.msgBufferSize ?? 4096) : 0
    this.#socket = openNetlinkSocket(protocol, options.namespace)
    try {
      this.#configure(options)
    } catch (error) {
      this.close()
      throw error
    }
  }

  #configure(options: RawSocketOptions): void {
    if (options.recvBufferSize) this.setRecvBufferSize(options.recvBufferSize)
    if (options.sendBufferSize) this.setSendBufferSize(options.sendBufferSize)
    for (const group of groupsOfMask(options.localGroups ?? 0)) this.addMembership(group)
  }

  /** Sends one datagram to the kernel; `callback`, or else an `error` event, learns of a failure. Other receivers: EOPNOTSUPP. */
  send(message: Uint8Array | Uint8Array[], options?: RawNetlinkSendOptions, callback?: (error?: KernelError) => void): void {
    const failure = this.#transmit(Array.isArray(message) ? Buffer.concat(message) : message, options)
    this.#later(() => {
      this.#later(() => this.#deliver())
      if (callback !== undefined) callback(failure)
      else if (failure !== undefined) this.emit('error', failure)
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#poll)
    this.#socket.close()
    this.emit('close')
  }

  address(): { port: number; groups: number } {
    return { port: this.#socket.port, groups: maskOfGroups(this.#groups) }
  }

  ref(): void {
    this.#referenced = true
    this.#poll?.ref()
  }

  unref(): void {
    this.#referenced = false
    this.#poll?.unref()
  }

  /** Joins a multicast group; its messages arrive within 25 ms. */
  addMembership(group: number): void {
    this.#socket.join(group)
    this.#groups.add(group)
    this.#poll ??= setInterval(() => this.#deliver(), POLL_MILLISECONDS)
    if (!this.#referenced) this.#poll.unref()
  }

  dropMembership(group: number): void {
    orThrow('netlink leave', libc.setsockopt(this.#socket.fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, group))
    this.#groups.delete(group)
    if (this.#groups.size > 0) return
    clearInterval(this.#poll)
    this.#poll = undefined
  }

  getRecvBufferSize(): number {
    return this.#bufferSize(SO_RCVBUF)
  }

  getSendBufferSize(): number {
    return this.#bufferSize(SO_SNDBUF)
  }

  setRecvBufferSize(size: number): void {
    orThrow('SO_RCVBUF', libc.setsockopt(this.#socket.fd, SOL_SOCKET, SO_RCVBUF, size))
  }

  setSendBufferSize(size: number): void {
    orThrow('SO_SNDBUF', libc.setsockopt(this.#socket.fd, SOL_SOCKET, SO_SNDBUF, size))
  }

  #bufferSize(option: number): number {
    const value = new Int32Array(1)
    orThrow('getsockopt', libc.getsockopt(this.#socket.fd, SOL_SOCKET, option, value))
    return value[0] ?? 0
  }

  #transmit(datagram: Uint8Array, options: RawNetlinkSendOptions = {}): KernelError | undefined {
    if (options.port || options.groups) return new KernelError('netlink send to another process', EOPNOTSUPP)
    return attempt(() => {
      this.#socket.send(datagram)
      return undefined
    })
  }

  /** Runs `action` when the caller is done, unless the socket is closed by then. */
  #later(action: () => void): void {
    queueMicrotask(() => {
      if (!this.#closed) action()
    })
  }

  /** Delivers the next datagram; the one after it comes in its own microtask, so that a listener that throws stops nothing. */
  #deliver(): void {
    const received = attempt(() => receiveDatagram(this.#socket.fd, this.#bufferBytes))
    if (received === undefined) return
    if (!(received instanceof KernelError) || hasCode(received, 'ENOBUFS')) this.#later(() => this.#deliver())
    if (received instanceof KernelError) this.emit('error', received)
    else this.emit(received.info.truncated ? 'truncatedMessage' : 'message', received.bytes, received.info)
  }
}

/** What `action` returns, or the kernel's refusal of it. */
const attempt = <T>(action: () => T): T | KernelError => {
  try {
    return action()
  } catch (error) {
    if (error instanceof KernelError) return error
    throw error
  }
}

/** The old way to name groups 1 to 32: one bit each. */
const groupsOfMask = (mask: number): number[] =>
  Array.from({ length: 32 }, (_, bit) => bit + 1).filter((group) => (mask >>> (group - 1)) & 1)

const maskOfGroups = (groups: ReadonlySet<number>): number =>
  [...groups].filter((group) => group <= 32).reduce((mask, group) => (mask | (1 << (group - 1))) >>> 0, 0)
