/** Reading a conflist: a file that is one, or a manifest with a ConfigMap that holds one. */
import { checkConflist } from './check.ts'
import { FileFaults, illegal } from './fault.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { parseJsonFile } from './json-file.ts'
import { embeddedConflist, readObjects } from './manifest.ts'

/** A checked conflist. */
export interface Conflist {
  /** The name it has in the runtime's folder: its own, or its key in the ConfigMap. */
  readonly fileName: string
  /** Where it comes from, for messages. */
  readonly source: string
  readonly value: JsonObject
}

/**
 * @param text of a conflist, or of a Kubernetes manifest (YAML or JSON, also of several documents)
 * @param source the file's path
 * @throws FileFaults with every fault: syntax with line and column, shape with the path inside
 */
export const readConflist = (text: string, source: string): Conflist => {
  const found = isManifest(text, source) ? fromManifest(text, source) : { fileName: baseName(source), source, text }
  if (!FILE_NAME.test(found.fileName))
    throw new FileFaults(found.source, [illegal({ path: 'file name', value: found.fileName, legal: FILE_NAME_RULE })])
  return { fileName: found.fileName, source: found.source, value: checked(parseJsonFile(found.text, found.source), found.source) }
}

/** Runtimes take files by their ending; a name must not leave its folder. */
const FILE_NAME = /^[A-Za-z0-9][\w.-]*\.conflist$/
const FILE_NAME_RULE = 'a name of letters, digits, "_", "-" and "." that ends in .conflist'

const isManifest = (text: string, source: string): boolean => {
  if (!/^\ufeff?\s*[{[]/.test(text)) return true
  const value = parseJsonFile(text, source)
  return typeof value === 'object' && value !== null && 'kind' in value
}

const fromManifest = (text: string, source: string): { fileName: string; source: string; text: string } => {
  const embedded = embeddedConflist(readObjects(text, source), source)
  return { fileName: embedded.fileName, text: embedded.text, source: `${source}: ${embedded.owner}: ${embedded.fileName}` }
}

const checked = (value: JsonValue, source: string): JsonObject => {
  const faults = checkConflist(value)
  if (faults.length > 0) throw new FileFaults(source, faults)
  return value as JsonObject
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
