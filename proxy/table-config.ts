/** What the rules of our table depend on, from the flags and the Node. Pure. */
import type { Cidr } from '#net/cidr.ts'
import { masqueradePortsBeside, type TableConfig } from './dataplane/rules.ts'
import type { ProxyOptions } from './options/options.ts'

/** Whose address is kept: the whole cluster's pods if we are told its CIDR, else this node's (`own`). */
export const tableConfig = (options: ProxyOptions, own: readonly Cidr[]): TableConfig => ({
  masqueradeAll: options.masqueradeAll,
  inside: options.clusterCidrs.length > 0 ? options.clusterCidrs : own,
  own,
  ping: options.servicePing,
  masqueradePorts: masqueradePortsBeside([options.nodePortRange]),
})
