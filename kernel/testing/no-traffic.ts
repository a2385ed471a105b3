import type { IpvsStats } from '../ipvs/types.ts'

/** The counters of a virtual server that nobody has used. */
export const NO_TRAFFIC: IpvsStats = {
  connections: 0n,
  packetsIn: 0n,
  packetsOut: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
  connectionRate: 0n,
  packetRateIn: 0n,
  packetRateOut: 0n,
  byteRateIn: 0n,
  byteRateOut: 0n,
}
