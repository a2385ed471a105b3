/**
 * A node with files of its own: what programs inside write to /etc/cni, /opt/cni, /var/lib/cni, … is this node's, and gone with it.
 * A mount namespace with a tmpfs on each, kept by a file, entered beside the node's network namespace.
 */
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'
import { hasCode } from '#kernel/errno.ts'
import type { NetNamespace } from './namespace.ts'
import { defer, type Owner } from './owner.ts'
import { attempt, run } from './run.ts'

export interface Machine {
  /** The command line that runs a program on this machine, for whoever starts it otherwise. */
  command(program: string, ...parameters: string[]): [program: string, ...parameters: string[]]
  /** Runs a program to its end, while others run; never rejects for its exit status. */
  start(words: readonly string[]): Promise<MachineOutcome>
  /** Runs a program to its end; never throws for its exit status. */
  run(
    words: readonly string[],
    options?: MachineRunOptions,
  ): { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** Writes a file of this machine, with its folders. */
  writeFile(path: string, text: string): void
}

export interface MachineOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface MachineRunOptions {
  readonly input?: string
  /** The whole environment; by default the caller's. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What CNI and the proxy keep on a node; their parents exist on every Debian. */
const OWN_FOLDERS = ['/etc/cni', '/opt/cni', '/var/lib/cni', '/var/lib/kube-router', '/run/flannel']

/** What proxies of other tests use at the same time, in this machine's own mount namespace. */
const SHARED_FOLDER = '/run/selvedge'

/** Gives a namespace files of its own: those of CNI and the proxy, and `more` folders. They and their mounts are gone when `owner` is done. */
export const makeMachine = (owner: Owner, namespace: NetNamespace, more: readonly string[] = []): Machine => {
  const folders = [...OWN_FOLDERS, ...more]
  const folder = mkdtempSync(join(tmpdir(), `${namespace.name}-`))
  defer(owner, () => rmSync(folder, { recursive: true, force: true }))
  makeMountPoints(owner, folders)
  return machineOf(namespace, folder, keepMountNamespace(owner, folder, folders))
}

/**
 * Folders for machines to mount on; those that were not there go again when `owner` is done. Removing one takes away what other mount
 * namespaces have mounted on it, so who runs tests side by side makes them before and removes them afterwards.
 */
export const makeMountPoints = (owner: Owner, folders: readonly string[] = [...OWN_FOLDERS, SHARED_FOLDER]): void => {
  for (const path of folders) {
    if (existsSync(path)) continue
    mkdirSync(path, { mode: path === SHARED_FOLDER ? 0o700 : 0o755 })
    defer(owner, () => removeEmpty(path))
  }
}

const removeEmpty = (path: string): void => {
  try {
    rmdirSync(path)
  } catch (error) {
    // A test that looks after its own files there may have done it already.
    if (!hasCode(error, 'ENOTEMPTY', 'ENOENT')) throw error
  }
}

/** A mount namespace lives as long as a process in it, or a bind mount of its file; that file needs a mount that nobody shares. */
const keepMountNamespace = (owner: Owner, folder: string, ownFolders: readonly string[]): string => {
  const holder = join(folder, 'mounts')
  mkdirSync(holder)
  run('mount', '--bind', '--make-private', holder, holder)
  defer(owner, () => void attempt('umount', '--lazy', holder))
  const file = join(holder, 'namespace')
  writeFileSync(file, '')
  const table = join(folder, 'fstab')
  writeFileSync(table, ownFolders.map((path) => `tmpfs ${path} tmpfs defaults 0 0\n`).join(''))
  // A slave of this one: namespaces that `ip netns add` mounts later must show up inside.
  unshareOnAnyProcessor(`--mount=${file}`, '--propagation', 'slave', 'mount', '--all', '--fstab', table)
  defer(owner, () => void attempt('umount', file))
  return file
}

/**
 * Linux 6.18 numbers namespaces on each processor apart, and a mount namespace can be mounted in one of a lower number only: it gets a higher one
 * at the latest on the processor where this one was made. @throws ExecaSyncError when it does on none
 */
const unshareOnAnyProcessor = (...parameters: string[]): void => {
  const there = cpus().map((_, number) => ['taskset', '--cpu-list', String(number), 'unshare'] as const)
  const isMade = ([program, ...words]: readonly [string, ...string[]]): boolean => attempt(program, ...words, ...parameters).exitCode === 0
  if (![['unshare'] as const, ...there].some(isMade)) run('unshare', ...parameters)
}

/** Milliseconds after which a program that hangs is killed. */
const TIMEOUT = 120_000

const machineOf = (namespace: NetNamespace, folder: string, mounts: string): Machine => {
  const command: Machine['command'] = (...words) => ['nsenter', `--net=${namespace.path}`, `--mount=${mounts}`, ...words]
  const runInside: Machine['run'] = (words, { input = '', environment } = {}) => {
    const [program, ...parameters] = command(...(words as [string, ...string[]]))
    const { exitCode, stdout, stderr } = execaSync(program, parameters, {
      input,
      reject: false,
      timeout: TIMEOUT,
      ...(environment === undefined ? {} : { env: environment, extendEnv: false }),
    })
    return { exitCode: exitCode ?? -1, stdout, stderr }
  }
  const start: Machine['start'] = async (words) => {
    const [program, ...parameters] = command(...(words as [string, ...string[]]))
    const { exitCode, stdout, stderr } = await execa(program, parameters, { reject: false, timeout: TIMEOUT })
    return { exitCode: exitCode ?? -1, stdout, stderr }
  }
  return {
    command,
    start,
    run: runInside,
    writeFile: (path, text) => {
      const draft = join(folder, 'draft')
      writeFileSync(draft, text)
      const { exitCode, stderr } = runInside(['install', '-D', '--mode=600', draft, path])
      if (exitCode !== 0) throw new Error(`writing ${path}: ${stderr}`)
    },
  }
}
