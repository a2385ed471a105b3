/** The bridge plugin: a bridge on the host, a veth pair into the container, addresses from an IPAM plugin. */
import type { Plugin } from '../protocol/plugin.ts'
import { add } from './add.ts'
import { check } from './check.ts'
import { del } from './del.ts'
import type { BridgeEdges } from './edges.ts'
import { gc } from './gc.ts'
import { status } from './status.ts'

export const createBridge = (edges: BridgeEdges): Plugin => ({
  name: 'bridge',
  add: (call) => add(call, edges),
  del: (call) => del(call, edges),
  check: (call) => check(call, edges),
  gc: (call) => gc(call, edges),
  status,
})
