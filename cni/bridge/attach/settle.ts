/** Waiting for IPv6 to decide whether the interface's addresses are nobody else's. */
import type { LinkAddress } from '#kernel/rtnetlink/types.ts'
import type { Workbench } from './apply.ts'

/** IFA_F_*, include/uapi/linux/if_addr.h. */
const TENTATIVE = 0x40
const DUPLICATE = 0x08

const POLL_MILLISECONDS = 50
const PATIENCE_MILLISECONDS = 5000

/**
 * Waits, 5 s at most, until no IPv6 address of the interface is tentative. Time runs only while its link is up: on one that is not,
 * the kernel does not even begin.
 * @throws Error with the reference's sentence when an address is taken, or still undecided on a link that is up
 * @see reference/cni-plugins.md 2.7
 */
export const settleAddresses = (name: string, { container, pair, sleep }: Workbench): void => {
  for (let waited = 0; ; waited += POLL_MILLISECONDS) {
    const addresses = container.links.addresses({ link: pair.interface.index, family: 6 })
    const duplicate = addresses.find((address) => has(address, DUPLICATE))
    if (duplicate !== undefined) throw new Error(`link ${name} has address ${duplicate.address} in DADFAILED state`)
    if (!addresses.some((address) => has(address, TENTATIVE))) return
    if (waited >= PATIENCE_MILLISECONDS) break
    sleep(POLL_MILLISECONDS)
  }
  if (container.links.linkByIndex(pair.interface.index)?.operState !== 'up') return
  throw new Error(`link ${name} still has tentative addresses after 5000000000 seconds`)
}

const has = ({ flags }: LinkAddress, flag: number): boolean => (flags & flag) !== 0
