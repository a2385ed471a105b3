import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'

/** Takes a port out of every VLAN it is in, but for one; nothing is sent when it is in no other. @throws KernelError */
export const leaveVlans = (links: Rtnetlink, port: number, staying?: number): void => {
  const ids = (links.portVlans().get(port) ?? []).map(({ id }) => id).filter((id) => id !== staying)
  if (ids.length > 0) links.deletePortVlans(port, ids)
}
