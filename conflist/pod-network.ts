/** What a node's pods get. */
import type { Cidr } from '#net/cidr.ts'

export interface PodNetwork {
  /** The networks of the pods' addresses: at most one of each family, without host bits. */
  readonly podCidrs: readonly Cidr[]
  /** The MTU that the network between nodes leaves them; undefined = not told. */
  readonly mtu: number | undefined
}

/** What an Ethernet link takes. @see include/uapi/linux/if_ether.h */
export const MIN_MTU = 68
export const MAX_MTU = 65_535
