/** The portmap plugin: makes ports of the host lead to the container that the plugins before it in the chain connected. */
import type { Plugin } from '../protocol/plugin.ts'
import { add } from './add.ts'
import { del } from './del.ts'
import type { PortmapEdges } from './edges.ts'

export const createPortmap = (edges: PortmapEdges): Plugin => ({
  name: 'portmap',
  add: (call) => add(call, edges),
  del: (call) => del(call, edges),
  // As in the reference: neither verb looks at anything.
  gc: () => undefined,
  status: () => undefined,
})
