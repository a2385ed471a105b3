/** The portmap plugin: makes ports of the host lead to the container that the plugins before it in the chain connected. */
import type { Plugin } from '../protocol/plugin.ts'
import { add } from './add.ts'
import { check } from './check.ts'
import { del } from './del.ts'
import type { PortmapEdges } from './edges.ts'
import { gc } from './gc.ts'
import { status } from './status.ts'

export const createPortmap = (edges: PortmapEdges): Plugin => ({
  name: 'portmap',
  add: (call) => add(call, edges),
  check: (call) => check(call, edges),
  del: (call) => del(call, edges),
  gc: (call) => gc(call, edges),
  status: (call) => status(call, edges),
})
