/** A verb's environment variables, checked in the reference's order. */
import { CniError, ERROR_CODE } from './error.ts'
import { checkContainerId, checkInterfaceName } from './names.ts'

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>

export interface Environment {
  /** CNI_COMMAND as given; not yet known to be a verb. */
  readonly command: string
  readonly containerId: string
  readonly netns: string
  readonly ifname: string
  readonly args: string
  /** CNI_PATH: folders joined by colons. */
  readonly path: string
  /** CNI_NETNS_OVERRIDE: the container may live in the plugin's own namespace. */
  readonly ownNamespaceAllowed: boolean
}

const ATTACHMENT_VERBS = ['ADD', 'CHECK', 'DEL']

interface Variable {
  readonly name: string
  readonly requiredBy: readonly string[]
  readonly check?: (value: string) => void
}

/** The order is that of checks and of names in the message. CNI_COMMAND is required by everything, also by unknown verbs. */
const VARIABLES: readonly Variable[] = [
  { name: 'CNI_CONTAINERID', requiredBy: ATTACHMENT_VERBS, check: checkContainerId },
  { name: 'CNI_NETNS', requiredBy: ['ADD', 'CHECK'] },
  { name: 'CNI_IFNAME', requiredBy: ATTACHMENT_VERBS, check: checkInterfaceName },
  { name: 'CNI_PATH', requiredBy: [...ATTACHMENT_VERBS, 'GC', 'STATUS'] },
]

/** @throws CniError 4: an invalid value at once, else all missing ones together (an empty value counts as missing) */
export const readEnvironment = (variables: EnvironmentVariables): Environment => {
  const read = (name: string): string => variables[name] ?? ''
  const command = read('CNI_COMMAND')
  const missing = command === '' ? ['CNI_COMMAND'] : []
  for (const { name, requiredBy, check } of VARIABLES) {
    if (!requiredBy.includes(command)) continue
    const value = read(name)
    if (value === '') missing.push(name)
    else check?.(value)
  }
  if (missing.length > 0) {
    throw new CniError(ERROR_CODE.invalidEnvironment, `required env variables [${missing.join(',')}] missing`)
  }
  return {
    command,
    containerId: read('CNI_CONTAINERID'),
    netns: read('CNI_NETNS'),
    ifname: read('CNI_IFNAME'),
    args: read('CNI_ARGS'),
    path: read('CNI_PATH'),
    ownNamespaceAllowed: ['true', '1'].includes(read('CNI_NETNS_OVERRIDE').toLowerCase()),
  }
}
