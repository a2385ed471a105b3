/** Installing a node's conflist and executables: everything is read and checked first, then the executables, then the conflist. */
import { hasCode, reasonOf } from '#kernel/errno.ts'
import { type FileSystem, type Outcome, removeLeftovers, replaceFile } from './atomic-file.ts'
import { pluginsOf } from './check.ts'
import { completeConflist, renderConflist } from './complete.ts'
import { EXECUTABLES, findProgram, installExecutables } from './executables.ts'
import { FileFaults } from './fault.ts'
import { flannelLinkMtu } from './flannel-links.ts'
import { readNode } from './node.ts'
import type { InstallOptions } from './options.ts'
import type { PodNetwork } from './pod-network.ts'
import { type Conflist, readConflist } from './read.ts'
import { rivalsOf } from './rivals.ts'
import { readSubnetEnv } from './subnet-env.ts'
import { readText } from './text-file.ts'

/** What installing needs of the machine. */
export interface Machine {
  readonly fs: FileSystem
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Where this program's own executables are. */
  readonly executables: string
  /** LINKS, but for tests. */
  readonly links: string
  /** kernel/page-cache.ts's. */
  readInLargePieces(path: string): void
}

export interface Installed {
  readonly path: string
  readonly outcome: Outcome
  /** What its owner should know all the same; one line each. */
  readonly warnings: readonly string[]
}

/** Nothing could be installed: one line per fault, of all files. */
export class InstallError extends Error {
  override readonly name = 'InstallError'
}

/**
 * Installs what `options` says; nothing is written unless every file is right. Doing it twice changes nothing.
 * @returns each file, and whether it had to be written
 * @throws InstallError
 */
export const install = (machine: Machine, options: InstallOptions): readonly Installed[] => {
  const { program, conflist } = prepare(machine, options)
  try {
    return [...installPrograms(machine, { program, directory: options.binDirectory }), ...installConflist(machine, { conflist, options })]
  } catch (error) {
    throw new InstallError(messageOf(error))
  }
}

interface Prepared {
  readonly program: string
  readonly conflist: Conflist | undefined
}

/** Reads and checks everything. */
const prepare = (machine: Machine, options: InstallOptions): Prepared => {
  const faults: string[] = []
  const collect = <Part>(read: () => Part): Part | undefined => {
    try {
      return read()
    } catch (error) {
      faults.push(messageOf(error))
      return undefined
    }
  }
  const program = collect(() => findProgram(machine.fs, options.executables ?? machine.executables))
  const source = collect(() => sourceOf(machine.fs, options))
  const network = options.conflist === undefined ? undefined : collect(() => podNetworkOf(machine, options))
  const conflist = source === undefined || network === undefined ? undefined : collect(() => completeConflist(source, network))
  if (faults.length > 0 || program === undefined) throw new InstallError(faults.join('\n'))
  return { program, conflist }
}

const sourceOf = (fs: FileSystem, { conflist: path }: InstallOptions): Conflist | undefined =>
  path === undefined ? undefined : readConflist(readText(fs, path), path)

/** The Node's networks if there is a Node, else flannel's; a given MTU, else flannel's: what it wrote, or else what its links have. */
const podNetworkOf = ({ fs, links }: Machine, { nodeJson, subnetEnv, mtu }: InstallOptions): PodNetwork => {
  const hasFlannel = nodeJson === undefined || fs.statSync(subnetEnv, { throwIfNoEntry: false }) !== undefined
  const flannel = hasFlannel ? readSubnetEnv(readText(fs, subnetEnv, FLANNEL_HINT), subnetEnv) : undefined
  const node = nodeJson === undefined ? undefined : readNode(readText(fs, nodeJson), nodeJson)
  return { podCidrs: node?.podCidrs ?? flannel?.podCidrs ?? [], mtu: mtu ?? flannel?.mtu ?? flannelLinkMtu(fs, links) }
}

const FLANNEL_HINT = ' (flannel writes it when it has a network for this node; --node-json does without)'

const installPrograms = ({ fs, now, readInLargePieces }: Machine, place: { program: string; directory: string }): Installed[] => {
  makeDirectory(fs, place.directory)
  const path = `${place.directory}/${EXECUTABLES[0]}`
  const outcome = writing(path, () => {
    removeLeftovers(fs, { directory: place.directory, names: EXECUTABLES, now })
    // What is there already may have been read back from disk, after a reboot: what installExecutables writes is large as it is.
    readInLargePieces(path)
    return installExecutables(fs, place)
  })
  return EXECUTABLES.map((name) => ({ path: `${place.directory}/${name}`, outcome, warnings: [] }))
}

const installConflist = (
  { fs, now }: Machine,
  { conflist, options }: { conflist: Conflist | undefined; options: InstallOptions },
): Installed[] => {
  if (conflist === undefined) return []
  const [directory, name] = [options.confDirectory, options.confName ?? conflist.fileName]
  const path = `${directory}/${name}`
  makeDirectory(fs, directory)
  const outcome = writing(path, () => {
    removeLeftovers(fs, { directory, names: [name], now })
    return replaceFile(fs, { directory, name, text: renderConflist(conflist) })
  })
  const rivals = rivalsOf(fs, { directory, name })
  const second = `${path} is not the first by name, and container runtimes use the first: remove or rename ${rivals.join(', ')}`
  return [{ path, outcome, warnings: [...(rivals.length > 0 ? [second] : []), ...(hasMtu(conflist) ? [] : [`${path} ${WITHOUT_MTU}`])] }]
}

const WITHOUT_MTU =
  'names no MTU, and flannel does not tell it (neither FLANNEL_MTU nor a link of its own): pods get 1500, and lose large packets where ' +
  'the network between nodes takes less; give --mtu'

/** Whether its bridge says what MTU pods get. */
const hasMtu = ({ value }: Conflist): boolean =>
  pluginsOf(value).some(({ type, mtu }) => type === 'bridge' && mtu !== undefined && mtu !== null)

const makeDirectory = (fs: FileSystem, path: string): void =>
  writing(path, () => {
    try {
      fs.mkdirSync(path, { recursive: true, mode: 0o755 })
    } catch (error) {
      // Node's recursion says so of a read-only file system too; without it the reason is the kernel's.
      if (hasCode(error, 'ENOENT')) fs.mkdirSync(path, { mode: 0o755 })
      throw error
    }
  })

/** Node's own messages name temporary files. @throws FileFaults for what the file system refuses */
const writing = <Result>(path: string, write: () => Result): Result => {
  try {
    return write()
  } catch (error) {
    if (error instanceof FileFaults || !(error instanceof Error && 'code' in error)) throw error
    throw new FileFaults(path, [{ path: '', problem: `cannot be installed: ${reasonOf(error)}` }])
  }
}

/** What went wrong with a file; errors of node:fs name it themselves. Anything else is a fault of this program and is thrown on. */
const messageOf = (error: unknown): string => {
  if (error instanceof FileFaults || (error instanceof Error && 'code' in error)) return error.message
  throw error
}
