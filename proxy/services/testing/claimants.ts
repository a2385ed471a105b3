/** Services that claim one external address, and what the loop makes of them. */

import type { Service } from '../types.ts'
import { service, slice } from './builders.ts'
import type { Harness } from './harness.ts'
import { walk } from './walk.ts'

export const external = (key: string, createdAt: number, tweaks: Partial<Service> = {}): Service =>
  service(key, { createdAt, clusterIps: [CLUSTER_IPS[key] ?? ''], externalIps: ['198.51.100.7'], ...tweaks })
const CLUSTER_IPS: Readonly<Record<string, string>> = { 'a/old': '10.96.0.1', 'a/new': '10.96.0.2', 'a/third': '10.96.0.3' }
export const OLD = [external('a/old', 100), slice('a/old', ['10.1.1.1'])] as const
export const NEW = [external('a/new', 200), slice('a/new', ['10.1.1.2'])] as const
export const SHARED = { address: '198.51.100.7', port: 80 }

export const at = ({ plane }: Harness, packet = SHARED): string => walk(plane.items, packet)
export const told = ({ told: lines }: Harness): string[] => lines.filter((line) => line.includes('AddressInUse'))
export const NEW_WAITS =
  'Warning AddressInUse a/new: 198.51.100.7 port 80/tcp: in use by the Service a/old, which comes first; served here when that one lets go'
