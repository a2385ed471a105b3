/**
 * Whether anything happened, without being told what: a socket in a multicast group of the kernel, looked at now and then. While nothing
 * happens a look is one system call. What does not fit the socket's queue is lost, and the loss itself is news.
 *
 * @see netlink(7): ENOBUFS
 */
import type { Namespace } from '../namespace.ts'
import { NETLINK_ROUTE, type NetlinkSocket, openNetlinkSocket } from './socket.ts'

export interface News {
  /** Whether anything happened since the last look; the first look, and one at a socket that failed, are news too. Never throws. */
  heard(): boolean
  close(): void
}

/** RTNLGRP_LINK, include/uapi/linux/rtnetlink.h: devices come, go, and change. */
const LINKS = 1

/** News of devices in `namespace`, by default the calling thread's. @throws KernelError */
export const openLinkNews = (namespace?: Namespace): News =>
  newsOver(() => {
    const socket = openNetlinkSocket(NETLINK_ROUTE, namespace)
    try {
      socket.join(LINKS)
      return socket
    } catch (error) {
      socket.close()
      throw error
    }
  })

/** News from sockets that `join` makes, given so that tests can play the kernel. */
export const newsOver = (join: () => NetlinkSocket): News => {
  let socket: NetlinkSocket | undefined = join()
  let missed = true
  const drop = (): void => {
    socket?.close()
    socket = undefined
    missed = true
  }
  return {
    heard: () => {
      try {
        socket ??= join()
        const news = takeAll(socket) || missed
        missed = false
        return news
      } catch {
        drop()
        return true
      }
    },
    close: drop,
  }
}

/** More than the socket's queue holds: what comes while it is read is left for the next look. */
const MOST = 10_000

/** Whether anything was there; nothing is left, unless it is very much. @throws KernelError, also for a loss */
const takeAll = (socket: NetlinkSocket): boolean => {
  let taken = 0
  while (taken < MOST && socket.receive() !== undefined) taken += 1
  return taken > 0
}
