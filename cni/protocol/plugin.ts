/** What a plugin is, and what it gets. A plugin is a value made from the edges it needs; it knows no process. */
import type { GoValue } from './json.ts'
import type { Result, WrittenResult } from './result.ts'
import type { CniVersion } from './version.ts'

export type Verb = 'ADD' | 'CHECK' | 'DEL' | 'GC' | 'STATUS' | 'VERSION'

/**
 * A CNI plugin. Everything is synchronous. A verb reports failure by throwing: a CniError is printed as it is (also as the
 * `cause` of another error), any other error with code 999 and its message. A verb that a plugin lacks is refused by name.
 */
export interface Plugin {
  readonly name: string
  /** Makes the attachment; the result is printed in the config's version. */
  add(call: Call): WrittenResult
  del(call: Call): void
  check?(call: Call): void
  gc?(call: Call): void
  status?(call: Call): void
}

/** One validated request: environment and config of a verb. */
export interface Call {
  /** CNI_CONTAINERID; empty for GC and STATUS. */
  readonly containerId: string
  /** CNI_NETNS; empty when absent (DEL may lack it). */
  readonly netns: string
  /** CNI_IFNAME; at most 15 bytes, no slash, colon or white space. */
  readonly ifname: string
  /** CNI_ARGS as sent; see args.ts. */
  readonly args: string
  /** The config's network name: letters, digits, `_`, `.`, `-`, the first a letter or digit. */
  readonly network: string
  /** The whole config, decoded; read it with the decoders of decode.ts. */
  readonly config: GoValue
  /** The config's version; 0.1.0 when it names none. */
  readonly cniVersion: CniVersion
  /** Runs another plugin on the same config (IPAM). */
  readonly delegate: Delegate
  /** Writes a line to standard error. */
  warn(line: string): void
}

/**
 * Runs the plugin `type` as CNI_PATH finds it, with this call's environment and the very bytes of its config.
 * All throw: an Error when there is no such plugin, the CniError that the plugin printed when it failed.
 */
export interface Delegate {
  add(type: string): Result
  del(type: string): void
  check(type: string): void
  gc(type: string): void
  status(type: string): void
}
