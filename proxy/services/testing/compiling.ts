/** One cluster, compiled without a loop or a kernel. */

import type { AddressRules } from '../address-rules.ts'
import { createCluster } from '../cluster.ts'
import { type Compiled, createCompiler } from '../compiler.ts'
import { type NodeView, nodeViewOf } from '../desired.ts'
import { createMarks, type Marks } from '../marks.ts'
import { inOneGo } from '../steps.ts'
import type { EndpointSlice, Service } from '../types.ts'
import { node } from './builders.ts'

export interface CompileSettings {
  readonly view?: Partial<NodeView>
  readonly rules?: AddressRules
  readonly marks?: Marks
}

/** This node's view, `node-a` at 192.0.2.1, unless tweaked. */
export const viewWith = (tweaks: Partial<NodeView> = {}): NodeView => ({ ...nodeViewOf(node()), ...tweaks })

/** What the first of these Services asks for, in a cluster of all these objects. */
export const compiled = (objects: readonly (Service | EndpointSlice)[], settings: CompileSettings = {}): Compiled => {
  const cluster = createCluster()
  for (const value of objects)
    cluster.apply('clusterIps' in value ? { kind: 'service', key: value.key, value } : { kind: 'slice', key: value.key, value })
  const { view, rules, marks = createMarks() } = settings
  const compiler = createCompiler({ cluster, marks, ...(rules === undefined ? {} : { rules }) })
  inOneGo(compiler.look(viewWith(view)))
  const [first] = objects.filter((value) => 'clusterIps' in value)
  return compiler.compile(first?.key ?? '')
}
