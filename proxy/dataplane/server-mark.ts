/**
 * The mark by which a virtual server is known as ours when everything else of ours is gone (`nft flush ruleset` while no proxy ran): IPVS has no
 * field for owners, so it stands in one that the kernel keeps and does not use. Without persistence that is the timeout, which ipvsadm
 * does not show. With persistence the timeout is taken, and the third scheduler flag (`flag-3` for ipvsadm) stands in, which no scheduler knows.
 * kube-router writes that flag for whoever asks, with mh: such servers are not marked.
 *
 * @see net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_add_service; include/uapi/linux/ip_vs.h, IP_VS_SVC_F_SCHED3
 */
import type { ServerSettings, VirtualServer } from '#kernel/ipvs/types.ts'

/** The number that marks our routes too (ROUTE_PROTOCOL). */
export const MARK_SECONDS = 83
const MARK_FLAG = 0x20

type Markable = Pick<ServerSettings, 'scheduler' | 'schedulerFlags' | 'persistenceSeconds' | 'spareSeconds'>

/** The same server, as it is to be written. */
export const withMark = (server: VirtualServer): VirtualServer => {
  if (server.persistenceSeconds === 0) return { ...server, spareSeconds: MARK_SECONDS }
  return isMarkable(server) ? { ...server, schedulerFlags: server.schedulerFlags | MARK_FLAG } : server
}

export const isMarked = (server: Markable): boolean =>
  server.persistenceSeconds === 0 ? server.spareSeconds === MARK_SECONDS : isMarkable(server) && (server.schedulerFlags & MARK_FLAG) !== 0

/** Whether `withMark` marks such a server at all. */
export const isMarkable = ({ scheduler, persistenceSeconds }: Markable): boolean => persistenceSeconds === 0 || scheduler !== 'mh'

/** Its scheduler flags without the mark. */
export const flagsOfScheduler = (server: Markable): number =>
  server.persistenceSeconds > 0 && isMarkable(server) ? server.schedulerFlags & ~MARK_FLAG : server.schedulerFlags
