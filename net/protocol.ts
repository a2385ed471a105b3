/** Transport protocols, by the names nftables, iptables and /proc use. */
export type Protocol = 'tcp' | 'udp' | 'sctp'

/** IANA numbers, as netlink wants them. */
export const PROTOCOL_NUMBER: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 }

/** The protocol of an IANA number, or undefined for others. */
export const protocolOfNumber = (number: number): Protocol | undefined =>
  number === 6 ? 'tcp' : number === 17 ? 'udp' : number === 132 ? 'sctp' : undefined
