/** A namespace of the rig, with our rtnetlink in it and iproute2 beside it as the witness. */
import { setTimeout as after } from 'node:timers/promises'
import { type Namespace, openNamespace } from '#kernel/namespace.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'

export interface FreshNamespace extends NetNamespace {
  readonly namespace: Namespace
  readonly rtnetlink: Rtnetlink
  /** `ip -j -d …` inside, parsed. @throws when ip fails */
  ip(parameters: string): Record<string, unknown>[]
}

/** Makes a namespace with `lo` up; it is closed and removed when `owner` is done. */
export const freshNamespace = (owner: Owner): FreshNamespace => {
  const made = makeNamespace(owner, 'rtnl')
  const namespace = openNamespace(made.path)
  owner.teardown(() => namespace.close())
  const rtnetlink = openRtnetlink(namespace)
  owner.teardown(() => rtnetlink.close())
  const ip = (parameters: string): Record<string, unknown>[] => JSON.parse(made.exec('ip', '-j', '-d', ...parameters.split(' ')) || '[]')
  return { ...made, namespace, rtnetlink, ip }
}

const IFA_F_TENTATIVE = 0x40

/**
 * Waits until the IPv6 addresses of a link can be sources. Also without checks for duplicates they can only when the kernel has noticed
 * that the link has a carrier, which it does a little later.
 */
export const usableAddresses = async (rtnetlink: Rtnetlink, link: number): Promise<void> => {
  const tentative = (): boolean => rtnetlink.addresses({ link, family: 6 }).some(({ flags }) => (flags & IFA_F_TENTATIVE) !== 0)
  for (let waited = 0; tentative() && waited < 10_000; waited += 20) await after(20)
}
