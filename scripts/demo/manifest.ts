/** What the demo takes from a manifest: the conflist of its ConfigMap and the arguments of its DaemonSet. */
import { isObject } from '../../conflist/check.ts'
import { FileFaults, illegal } from '../../conflist/fault.ts'
import type { JsonObject, JsonValue } from '../../conflist/json.ts'
import { readObjects } from '../../conflist/manifest.ts'
import { type Conflist, readConflist } from '../../conflist/read.ts'

export interface Manifest {
  readonly conflist: Conflist
  /** Of the first container of the DaemonSet. */
  readonly proxyArguments: readonly string[]
}

/**
 * @param text YAML or JSON, of one or several documents
 * @param source its path, for messages
 * @throws FileFaults naming what is missing or wrong
 */
export const readManifest = (text: string, source: string): Manifest => {
  const daemonSet = readObjects(text, source).find(({ kind }) => kind === 'DaemonSet')
  if (daemonSet === undefined) throw new FileFaults(source, [{ path: '', problem: 'there is no DaemonSet in it' }])
  const path = ['spec', 'template', 'spec', 'containers', 0, 'args']
  const value = path.reduce<JsonValue | undefined>(member, daemonSet)
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new FileFaults(source, [illegal({ path: 'DaemonSet: spec.template.spec.containers[0].args', value, legal: 'a list of texts' })])
  }
  return { conflist: readConflist(text, source), proxyArguments: value }
}

const member = (value: JsonValue | undefined, key: string | number): JsonValue | undefined => {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined
  return isObject(value) ? (value as JsonObject)[key] : undefined
}
