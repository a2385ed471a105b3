/** What a runtime and the installer see of a node's files; a file that cannot be read is a fact too. */
import { reasonOf } from '#kernel/errno.ts'
import type { FileSystem } from '../conflist/atomic-file.ts'
import { isObject, pluginsOf } from '../conflist/check.ts'
import { areInstalled, EXECUTABLES, findProgram } from '../conflist/executables.ts'
import { flannelLinkMtu } from '../conflist/flannel-links.ts'
import type { JsonObject } from '../conflist/json.ts'
import type { PodNetwork } from '../conflist/pod-network.ts'
import { readConflist } from '../conflist/read.ts'
import { configurationsIn } from '../conflist/rivals.ts'
import { readSubnetEnv } from '../conflist/subnet-env.ts'
import { readText } from '../conflist/text-file.ts'
import type { CniFacts, Read } from './facts.ts'

export interface CniPlaces {
  readonly subnetEnv: string
  /** LINKS, but for tests. */
  readonly links: string
  readonly confDirectory: string
  readonly binDirectory: string
  /** This program's own executables. */
  readonly executables: string
}

export const observeCni = (fs: FileSystem, { subnetEnv, links, confDirectory, binDirectory, executables }: CniPlaces): CniFacts => {
  const configurations = reading(() => configurationsIn(fs, confDirectory), reasonOf)
  const first = 'value' in configurations ? configurations.value[0] : undefined
  const bridge = first === undefined ? undefined : bridgeOf(fs, `${confDirectory}/${first}`)
  return {
    podNetwork: reading(() => podNetworkOf(fs, subnetEnv, links)),
    confDirectory,
    configurations,
    subnets: bridge === undefined ? undefined : subnetsOf(bridge),
    bridgeMtu: typeof bridge?.mtu === 'number' ? bridge.mtu : undefined,
    binDirectory,
    executables: reading(() => executablesIn(fs, { program: findProgram(fs, executables), directory: binDirectory })),
  }
}

/** As selvedge install takes it. */
const podNetworkOf = (fs: FileSystem, subnetEnv: string, links: string): PodNetwork => {
  const flannel = readSubnetEnv(readText(fs, subnetEnv), subnetEnv)
  return { ...flannel, mtu: flannel.mtu ?? flannelLinkMtu(fs, links) }
}

const executablesIn = (fs: FileSystem, place: { readonly program: string; readonly directory: string }) => ({
  missing: EXECUTABLES.filter((name) => fs.statSync(`${place.directory}/${name}`, { throwIfNoEntry: false }) === undefined),
  ours: areInstalled(fs, place),
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What `read` returns, or why it does not. @param explain of whoever names the file himself: reasonOf */
export const reading = <T>(read: () => T, explain: (error: unknown) => string = messageOf): Read<T> => {
  try {
    return { value: read() }
  } catch (error) {
    return { failure: explain(error) }
  }
}

/** The bridge with host-local of a conflist; undefined when it is none, or cannot be read. */
const bridgeOf = (fs: FileSystem, path: string): JsonObject | undefined => {
  const conflist = reading(() => readConflist(fs.readFileSync(path, 'utf8'), path))
  if ('failure' in conflist) return undefined
  return pluginsOf(conflist.value.value).find(({ type, ipam }) => type === 'bridge' && isObject(ipam) && ipam.type === 'host-local')
}

const subnetsOf = ({ ipam }: JsonObject): string[] => {
  if (!isObject(ipam)) return []
  const ranges = Array.isArray(ipam.ranges) ? ipam.ranges.flat() : []
  return [ipam, ...ranges.filter(isObject)].flatMap(({ subnet }) => (typeof subnet === 'string' ? [subnet] : []))
}
