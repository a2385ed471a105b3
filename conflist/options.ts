/** What `selvedge install` is told to do. */
import { UsageError } from '../flags/flag.ts'
import { HELP_FLAGS } from '../flags/help-flags.ts'
import { integerFlag, textFlag } from '../flags/kinds.ts'
import { parseFlags } from '../flags/parse.ts'
import { MAX_MTU, MIN_MTU } from './pod-network.ts'

export interface InstallOptions {
  /** Path of a conflist, or of a manifest that holds one; undefined = only the executables. */
  readonly conflist: string | undefined
  readonly confDirectory: string
  /** Name of the conflist there; undefined = its own. */
  readonly confName: string | undefined
  readonly binDirectory: string
  /** Folder of the built executables; undefined = this program's own. */
  readonly executables: string | undefined
  readonly subnetEnv: string
  /** Path of a Node object as JSON; undefined = the pod networks come from subnetEnv. */
  readonly nodeJson: string | undefined
  /** undefined = what flannel says. */
  readonly mtu: number | undefined
}

const CONFLIST = 'The conflist'
const PROGRAMS = 'The executables'
const ABSOLUTE = { pattern: /^\/[^\0]*$/, legal: 'an absolute path' }

export const INSTALL_FLAGS = {
  conflist: textFlag({
    group: CONFLIST,
    placeholder: 'FILE',
    fallback: '',
    help:
      'A conflist, or a manifest (YAML or JSON) with a ConfigMap that holds one; it keeps its name. Without this flag only the ' +
      'executables are installed.',
  }),
  'conf-dir': textFlag({
    group: CONFLIST,
    placeholder: 'DIR',
    fallback: '/etc/cni/net.d',
    ...ABSOLUTE,
    help: 'Where the container runtime looks for it.',
  }),
  'subnet-env': textFlag({
    group: CONFLIST,
    placeholder: 'FILE',
    fallback: '/run/flannel/subnet.env',
    help: "flannel's description of this node: its pod networks and MTU.",
  }),
  'node-json': textFlag({
    group: CONFLIST,
    placeholder: 'FILE',
    fallback: '',
    help: "This node's Node object, as kubectl get node NAME -o json prints it; its spec.podCIDRs count instead of flannel's.",
  }),
  mtu: integerFlag({
    group: CONFLIST,
    placeholder: 'BYTES',
    fallback: '0',
    least: 0,
    most: MAX_MTU,
    help: "MTU of the pods' interfaces. 0 = what flannel says (FLANNEL_MTU, or else the least of its links), or else what the conflist has.",
  }),
  'bin-dir': textFlag({
    group: PROGRAMS,
    placeholder: 'DIR',
    fallback: '/opt/cni/bin',
    ...ABSOLUTE,
    help: 'Where the container runtime looks for CNI plugins.',
  }),
  executables: textFlag({
    group: PROGRAMS,
    placeholder: 'DIR',
    fallback: '',
    help: 'Folder with bridge, host-local, portmap and loopback as npm run build makes them. Without it dist/bin of this program.',
  }),
  ...HELP_FLAGS,
}

/**
 * @param argv what follows `selvedge install`
 * @param env for KUBE_ROUTER_CNI_CONF_FILE, the whole path of the conflist; it counts unless --conf-dir names another folder
 * @throws UsageError with every fault of the line
 */
export const parseInstallOptions = (argv: readonly string[], env: Readonly<Record<string, string | undefined>>): InstallOptions => {
  const flags = parseFlags(INSTALL_FLAGS, argv)
  if (flags.mtu > 0 && flags.mtu < MIN_MTU) {
    throw new UsageError([`--mtu=${flags.mtu} is not legal: expected 0, or a whole number from ${MIN_MTU} to ${MAX_MTU}`])
  }
  const isDefault = flags['conf-dir'] === INSTALL_FLAGS['conf-dir'].fallback
  const place = isDefault ? placeOf(env) : undefined
  return Object.freeze({
    conflist: flags.conflist || undefined,
    confDirectory: place?.directory ?? flags['conf-dir'],
    confName: place?.name,
    binDirectory: flags['bin-dir'],
    executables: flags.executables || undefined,
    subnetEnv: flags['subnet-env'],
    nodeJson: flags['node-json'] || undefined,
    mtu: flags.mtu || undefined,
  })
}

const placeOf = ({ KUBE_ROUTER_CNI_CONF_FILE: path = '' }: Readonly<Record<string, string | undefined>>) => {
  if (path === '') return undefined
  const [, directory, name] = /^(\/(?:[^\0]*[^/\0])?)\/+([A-Za-z0-9][\w.-]*\.conflist)$/.exec(path) ?? []
  if (directory !== undefined && name !== undefined) return { directory, name }
  const legal = 'an absolute path of a file whose name ends in .conflist'
  throw new UsageError([`KUBE_ROUTER_CNI_CONF_FILE=${JSON.stringify(path)} is not legal: expected ${legal}`])
}
