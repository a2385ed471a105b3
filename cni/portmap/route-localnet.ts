/** The switch that lets the host itself use mapped ports at 127.0.0.1: without it the kernel drops such packets when they leave by a device. */
import type { RouteTo } from '#kernel/rtnetlink/lookup.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import type { IpAddress } from '#net/address.ts'
import { saying } from './words.ts'

export interface RouteLocalnetEdges {
  readonly sysctls: Sysctls
  /** Where a packet to an address would go; undefined when there is no route. */
  routeTo(address: IpAddress): RouteTo | undefined
}

const NOTHING = (): void => undefined

/**
 * Prepares the switch for the device that leads to `container`, and returns what turns it on. It is tried with its old value, so that a
 * kernel that refuses is known before anything else is changed. Without a route nothing is to be done. It is never turned off again: other
 * containers are behind the same device.
 * @throws Error with the reference's sentence
 */
export const prepareRouteLocalnet = (edges: RouteLocalnetEdges, container: IpAddress): (() => void) =>
  saying(SENTENCE, () => {
    const device = edges.routeTo(container)?.device
    if (device === undefined) return NOTHING
    const path = `net/ipv4/conf/${device}/route_localnet`
    const value = edges.sysctls.read(path)
    if (value === '1') return NOTHING
    edges.sysctls.write(path, value)
    return () => saying(SENTENCE, () => edges.sysctls.write(path, '1'))
  })

const SENTENCE = 'unable to enable route_localnet'
