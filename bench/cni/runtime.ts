/** What a container runtime (libcni) gives each plugin of a network: its configuration and its environment. */
import type { JsonValue } from '../../conflist/json.ts'
import type { Network } from './conflist.ts'

export type Verb = 'ADD' | 'DEL'

export interface PortMapping {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: string
}

/** A container to be joined to a network, or taken off it. */
export interface Attachment {
  readonly containerId: string
  /** Path of its network namespace. */
  readonly netns: string
  readonly ifname: string
  readonly portMappings: readonly PortMapping[]
}

/** One plugin's turn. */
export interface Turn {
  readonly type: string
  /** Its configuration, given what the plugin before it printed (nothing for the first, and for DEL). */
  input(printed: string): string
}

/**
 * The turns of a verb, in order.
 * @see reference/cni-plugins.md 7.1; before spec version 0.4.0 a DEL gets no previous result
 */
export const turnsOf = (network: Network, verb: Verb, { portMappings }: Attachment): Turn[] => {
  const { name, cniVersion } = network
  const turns = network.plugins.map(({ capabilities, ...plugin }) => ({
    type: plugin.type,
    input: (printed: string) =>
      JSON.stringify({
        ...plugin,
        name,
        cniVersion,
        ...(isMapped(capabilities) && portMappings.length > 0 && { runtimeConfig: { portMappings } }),
        ...(verb === 'ADD' && printed !== '' && { prevResult: JSON.parse(printed) as unknown }),
      }),
  }))
  return verb === 'ADD' ? turns : turns.reverse()
}

const isMapped = (capabilities: JsonValue | undefined): boolean =>
  typeof capabilities === 'object' && capabilities !== null && 'portMappings' in capabilities && capabilities.portMappings === true

/** The environment of every plugin of a call. @param folder where the plugins are */
export const environmentOf = (verb: Verb, { containerId, netns, ifname }: Attachment, folder: string): Record<string, string> => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  CNI_COMMAND: verb,
  CNI_CONTAINERID: containerId,
  CNI_NETNS: netns,
  CNI_IFNAME: ifname,
  CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=bench',
  CNI_PATH: folder,
})
