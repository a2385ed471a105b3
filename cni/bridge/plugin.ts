/** The bridge plugin: a bridge on the host, a veth pair into the container, addresses from an IPAM plugin. */
import type { Plugin } from '../protocol/plugin.ts'
import { add } from './add.ts'
import { parseConfig } from './config.ts'
import { del } from './del.ts'
import type { BridgeEdges } from './edges.ts'

export const createBridge = (edges: BridgeEdges): Plugin => ({
  name: 'bridge',
  add: (call) => add(call, edges),
  del: (call) => del(call, edges),
  // As in the reference, which keeps nothing that a list of valid attachments could tell to be stale.
  gc: () => undefined,
  // A bridge can always be made; addresses can run out.
  status: (call) => {
    const { ipam } = parseConfig(call)
    if (ipam !== '') call.delegate.status(ipam)
  },
})
