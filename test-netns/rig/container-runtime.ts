/**
 * What a container runtime does with a conflist: every plugin in order, each given the result of the one before, each only the
 * capabilities that it declares; on DEL backwards. @see CNI specification, section 4; libcni's AddNetworkList
 */
import type { Machine } from './machine.ts'

export interface Conflist {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly PluginConfig[]
}

interface PluginConfig {
  readonly type: string
  readonly capabilities?: Readonly<Record<string, boolean>>
  readonly [key: string]: unknown
}

export interface Attachment {
  readonly containerId: string
  /** Path of the pod's network namespace. */
  readonly netns: string
  readonly ifname: string
  readonly portMappings?: readonly { readonly hostPort: number; readonly containerPort: number; readonly protocol: string }[]
}

/** A plugin's answer, as far as a runtime looks at it. */
export interface AttachmentResult {
  readonly ips?: readonly { readonly address: string; readonly gateway?: string }[]
  readonly [key: string]: unknown
}

const PLUGIN_FOLDER = '/opt/cni/bin'
/** The first version whose DEL gets the result of ADD. */
const DEL_WITH_RESULT = '0.4.0'

/** ADD of the whole list. @throws Error with the CNI error of the plugin that failed; nothing is undone, as libcni leaves it */
export const addToNetwork = (machine: Machine, conflist: Conflist, attachment: Attachment): AttachmentResult => {
  let result: AttachmentResult | undefined
  for (const config of conflist.plugins)
    result = JSON.parse(call('ADD', { machine, conflist, config, attachment, result })) as AttachmentResult
  if (result === undefined) throw new Error(`network ${conflist.name} has no plugins`)
  return result
}

/** DEL of the whole list. @throws Error with the CNI error of the plugin that failed */
export const removeFromNetwork = (
  machine: Machine,
  conflist: Conflist,
  attachment: Attachment & { readonly result?: AttachmentResult },
): void => {
  const result = conflist.cniVersion >= DEL_WITH_RESULT ? attachment.result : undefined
  for (const config of conflist.plugins.toReversed()) call('DEL', { machine, conflist, config, attachment, result })
}

const call = (
  verb: 'ADD' | 'DEL',
  asked: { machine: Machine; conflist: Conflist; config: PluginConfig; attachment: Attachment; result: AttachmentResult | undefined },
): string => {
  const { machine, config, attachment } = asked
  const { exitCode, stdout, stderr } = machine.run([`${PLUGIN_FOLDER}/${config.type}`], {
    input: JSON.stringify(pluginInput(asked)),
    environment: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      CNI_COMMAND: verb,
      CNI_CONTAINERID: attachment.containerId,
      CNI_NETNS: attachment.netns,
      CNI_IFNAME: attachment.ifname,
      CNI_PATH: PLUGIN_FOLDER,
    },
  })
  if (exitCode !== 0) throw new Error(`plugin type="${config.type}" failed (${verb.toLowerCase()}): ${stdout}${stderr}`)
  return stdout
}

const pluginInput = ({ conflist, config, attachment, result }: Omit<Parameters<typeof call>[1], 'machine'>): Record<string, unknown> => {
  const offered: Record<string, unknown> = attachment.portMappings === undefined ? {} : { portMappings: attachment.portMappings }
  const runtimeConfig = Object.fromEntries(Object.entries(offered).filter(([name]) => config.capabilities?.[name] === true))
  return {
    ...config,
    name: conflist.name,
    cniVersion: conflist.cniVersion,
    ...(Object.keys(runtimeConfig).length > 0 ? { runtimeConfig } : {}),
    ...(result === undefined ? {} : { prevResult: result }),
  }
}
