/**
 * What happened to a node's links, addresses and routes: a socket in multicast groups of the kernel, looked at now and then. While nothing
 * happens a look is one system call. What does not fit the socket's queue is lost, and the loss itself is news.
 *
 * @see netlink(7): ENOBUFS
 */
import type { Namespace } from '../namespace.ts'
import { LINK_INDEX, MESSAGE_TYPE, NEWS_GROUPS, newsFilter, type RouteFilter, RTM } from './news-filter.ts'
import { NETLINK_ROUTE, type NetlinkSocket, openNetlinkSocket } from './socket.ts'
import { attachFilter } from './socket-filter.ts'

/** What happened since the last look. */
export interface Heard {
  /** There was more, of any kind, that nobody knows. */
  readonly missed: boolean
  /** Indexes of links that came, changed, or went. */
  readonly links: ReadonlySet<number>
  /** An address came, changed, or went, other than those of one link alone: these do with every pod. */
  readonly addresses: boolean
  /** Somebody else deleted a route that carries our protocol number. */
  readonly routes: boolean
}

export interface News {
  /**
   * A socket that fails is replaced, and what happened in between is missed. While none can be had it is tried at longer and longer pauses,
   * at last every 64 looks, and only these say so: what is missed makes work. Never throws.
   */
  heard(): Heard
  close(): void
}

/**
 * News of `namespace`, by default the calling thread's. The kernel does not tell of IPv4 routes that go with a link or an address
 * (net/ipv4/fib_trie.c, fib_table_flush): that one of these went is all there is to hear. @throws KernelError
 */
export const openNews = (routes: RouteFilter, namespace?: Namespace): News =>
  newsOver(() => {
    const socket = openNetlinkSocket(NETLINK_ROUTE, namespace)
    try {
      attachFilter(socket.fd, newsFilter(routes))
      for (const group of NEWS_GROUPS) socket.join(group)
      return socket
    } catch (error) {
      socket.close()
      throw error
    }
  })

/** News from sockets that `join` makes, given so that tests can play the kernel. */
export const newsOver = (join: () => NetlinkSocket): News => {
  let socket: NetlinkSocket | undefined = join()
  let missed = false
  let failures = 0
  let pause = 0
  const drop = (): void => {
    socket?.close()
    socket = undefined
    missed = true
  }
  return {
    heard: () => {
      if (pause > 0) {
        pause -= 1
        return NOTHING
      }
      try {
        socket ??= join()
        const heard = takeAll(socket, missed)
        missed = false
        failures = 0
        return heard
      } catch {
        drop()
        pause = Math.min(2 ** failures, LONGEST_PAUSE) - 1
        failures += 1
        return { ...NOTHING, missed }
      }
    },
    close: drop,
  }
}

const LONGEST_PAUSE = 64

const NOTHING: Heard = { missed: false, links: new Set(), addresses: false, routes: false }

/** More than the socket's queue holds: what comes while it is read is left for the next look. */
const MOST = 10_000

/** Takes what is there, unless it is very much. @throws KernelError, also for a loss */
const takeAll = (socket: NetlinkSocket, missed: boolean): Heard => {
  let message = socket.receive()
  if (message === undefined) return missed ? { ...NOTHING, missed } : NOTHING
  const links = new Set<number>()
  const types = new Set<number>()
  for (let taken = 1; message !== undefined; taken += 1) {
    const type = message.readUInt16LE(MESSAGE_TYPE)
    types.add(type)
    if (type === RTM.newLink || type === RTM.deleteLink) links.add(message.readInt32LE(LINK_INDEX))
    message = taken < MOST ? socket.receive() : undefined
  }
  return { missed, links, addresses: types.has(RTM.newAddress) || types.has(RTM.deleteAddress), routes: types.has(RTM.deleteRoute) }
}
