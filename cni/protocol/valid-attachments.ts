/** What GC is told: the attachments of this network that still live. @see the CNI specification 1.1.0, "GC" */
import { decode, list, string, struct } from './decode.ts'
import type { GoValue } from './json.ts'

export interface Attachment {
  readonly containerId: string
  readonly ifname: string
}

const ATTACHMENTS = list(struct('types.GCAttachment', { containerID: string, ifname: string }))

/** The second: libcni sends the list again under the name that a draft of the specification had. */
const KEYS = ['cni.dev/valid-attachments', 'cni.dev/attachments'] as const

const GC_CONFIG = struct('types.PluginConf', { [KEYS[0]]: ATTACHMENTS, [KEYS[1]]: ATTACHMENTS })

/**
 * The attachments that a GC must keep; everything else of this network is garbage, so an empty list means all of it. Undefined
 * when the config names no list at all: then nothing may be removed. Null is what a Go runtime writes for an empty list.
 * @throws Error when a list is malformed
 */
export const validAttachments = (config: GoValue): readonly Attachment[] | undefined => {
  if (config.kind !== 'object' || !config.entries.some(([key]) => KEYS.some((each) => each === key.toLowerCase()))) return undefined
  const lists = decode(config, GC_CONFIG)
  return KEYS.flatMap((key) => lists[key]).map(({ containerID, ifname }) => ({ containerId: containerID, ifname }))
}
