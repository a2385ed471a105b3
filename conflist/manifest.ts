/** Kubernetes manifests: YAML or JSON, one document or several. */
import { LineCounter, parseAllDocuments } from 'yaml'
import { isObject } from './check.ts'
import { FileFaults } from './fault.ts'
import type { JsonObject } from './json.ts'

/** A conflist found in a ConfigMap. */
export interface EmbeddedConflist {
  /** Its key in the ConfigMap: the name of the file it is to become. */
  readonly fileName: string
  readonly text: string
  /** `ConfigMap kube-system/kube-router-cfg` */
  readonly owner: string
}

/**
 * The objects of a manifest, in order; lists (`kind: List`) are taken apart.
 * @param source the file's path, for messages
 * @throws FileFaults naming line and column of each error
 */
export const readObjects = (text: string, source: string): readonly JsonObject[] => {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, version: '1.2' })
  if ('empty' in documents) return []
  const faults = documents
    .flatMap(({ errors }) => errors)
    .map(({ message, pos: [offset] }) => {
      const { line, col } = lineCounter.linePos(offset)
      return { path: `line ${line}, column ${col}`, problem: firstLine(message) }
    })
  if (faults.length > 0) throw new FileFaults(source, faults)
  try {
    return documents.flatMap((document) => objectsOf(document.toJS({ maxAliasCount: MAX_ALIASES })))
  } catch (error) {
    throw new FileFaults(source, [{ path: '', problem: error instanceof Error ? firstLine(error.message) : String(error) }])
  }
}

/** The one `*.conflist` in the ConfigMaps of a manifest. @throws FileFaults when there is none, or more than one */
export const embeddedConflist = (objects: readonly JsonObject[], source: string): EmbeddedConflist => {
  const found = objects.filter(({ kind }) => kind === 'ConfigMap').flatMap(conflistsIn)
  const [only, ...others] = found
  if (only === undefined)
    throw new FileFaults(source, [{ path: '', problem: 'no ConfigMap in it has a file named *.conflist among its data' }])
  const places = found.map(({ owner, fileName }) => `${owner}: ${fileName}`)
  if (others.length > 0)
    throw new FileFaults(source, [{ path: '', problem: `it has ${found.length} conflists, not one: ${places.join(', ')}` }])
  return only
}

/** A few lines of aliases to aliases can stand for gigabytes; manifests have hardly any. */
const MAX_ALIASES = 100

const objectsOf = (value: unknown): JsonObject[] => {
  if (!isObject(value)) return []
  return value.kind === 'List' && Array.isArray(value.items) ? value.items.filter(isObject) : [value]
}

const conflistsIn = (configMap: JsonObject): EmbeddedConflist[] => {
  const data = isObject(configMap.data) ? configMap.data : {}
  return Object.entries(data).flatMap(([fileName, text]) =>
    fileName.endsWith('.conflist') && typeof text === 'string' ? [{ fileName, text, owner: nameOf(configMap) }] : [],
  )
}

const nameOf = ({ kind, metadata }: JsonObject): string => {
  const { name, namespace } = isObject(metadata) ? metadata : {}
  return `${kind} ${[namespace, name].filter((part) => typeof part === 'string').join('/')}`
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
