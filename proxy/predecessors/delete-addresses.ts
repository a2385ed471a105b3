/** Addresses go from a link that keeps our routes. */
import type { LinkAddress, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { ROUTE_PROTOCOL, TABLE_LOCAL } from '../dataplane/plane.ts'

/**
 * With its last IPv4 address a link loses all IPv4 routes over it, ours too: they lead over `lo` meanwhile, and no packet meets a VIP that is
 * not local. @see net/ipv4/fib_frontend.c, fib_inetaddr_event
 * @throws KernelError; what could not be led back serves over `lo`
 */
export const deleteAddresses = (
  index: number,
  addresses: readonly LinkAddress[],
  rtnetlink: Pick<Rtnetlink, 'link' | 'deleteAddress' | 'routes' | 'batchRoutes'>,
): void => {
  const lo = rtnetlink.link('lo')
  if (lo === undefined) throw new Error('there is no lo')
  const routes = rtnetlink.routes({ family: 4, table: TABLE_LOCAL, protocol: ROUTE_PROTOCOL })
  const leadOver = (link: number): void => {
    const outcomes = rtnetlink.batchRoutes(routes.map((route) => ({ verb: 'replace', route: { ...route, link } })))
    const failure = outcomes.find((outcome) => outcome !== undefined)
    if (failure !== undefined) throw failure
  }
  try {
    leadOver(lo.index)
    for (const { address, prefixLength } of addresses) rtnetlink.deleteAddress(index, { address, prefixLength })
  } finally {
    leadOver(index)
  }
}
