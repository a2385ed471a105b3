/** Dummy links where the proxies that ran here before us kept VIPs as addresses, and what is still there. */

import type { Link, LinkAddress, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import { isSpecial } from '../special-addresses.ts'

/** kube-router's link has the name of ours: it stays, and loses its addresses. kube-proxy's goes as a whole. */
export const KUBE_ROUTER_LINK = 'kube-dummy-if'
export const KUBE_PROXY_LINK = 'kube-ipvs0'

export const isLeftoverLink = (name: string): boolean => name === KUBE_ROUTER_LINK || name === KUBE_PROXY_LINK

export interface LeftoverLink {
  readonly link: Link
  /** VIPs; each is a whole address, without a network around it. */
  readonly vips: readonly LinkAddress[]
}

/** What another proxy left; nothing where there was none. We give our link no address. @throws KernelError */
export const leftoverLinks = (rtnetlink: Pick<Rtnetlink, 'link' | 'addresses'>): LeftoverLink[] =>
  [KUBE_ROUTER_LINK, KUBE_PROXY_LINK].flatMap((name) => {
    const link = rtnetlink.link(name)
    if (link?.kind !== 'dummy') return []
    const vips = rtnetlink.addresses({ link: link.index }).filter(isVip)
    return vips.length === 0 && name === KUBE_ROUTER_LINK ? [] : [{ link, vips }]
  })

/** Link-local addresses are the kernel's own. */
const isVip = ({ address, prefixLength }: LinkAddress): boolean => prefixLength === ADDRESS_BITS[familyOf(address)] && !isSpecial(address)
