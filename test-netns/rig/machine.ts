/**
 * A node with files of its own: what programs inside write to /etc, /opt, /var and /run/flannel is this node's, and gone with it.
 * A mount namespace with overlays, kept by a file, entered beside the node's network namespace.
 */
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execaSync } from 'execa'
import type { NetNamespace } from './namespace.ts'
import { defer, type Owner } from './owner.ts'
import { attempt, run } from './run.ts'

export interface Machine {
  /** The command line that runs a program on this machine, for whoever starts it otherwise. */
  command(program: string, ...parameters: string[]): [program: string, ...parameters: string[]]
  /** Runs a program to its end; never throws for its exit status. */
  run(
    words: readonly string[],
    options?: MachineRunOptions,
  ): { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** Writes a file of this machine, with its folders. */
  writeFile(path: string, text: string): void
}

export interface MachineRunOptions {
  readonly input?: string
  /** The whole environment; by default the caller's. */
  readonly environment?: Readonly<Record<string, string>>
}

const OVERLAID = ['/etc', '/opt', '/var']
const OWN_RUN = '/run/flannel'

/** Gives a namespace files of its own. They and their mounts are gone when `owner` is done. */
export const makeMachine = (owner: Owner, namespace: NetNamespace): Machine => {
  const folder = mkdtempSync(join(tmpdir(), `${namespace.name}-`))
  defer(owner, () => rmSync(folder, { recursive: true, force: true }))
  const mounts = keepMountNamespace(owner, folder)
  const inside = (...words: string[]): string => run('nsenter', `--mount=${mounts}`, ...words)
  for (const path of OVERLAID) overlay(inside, folder, path)
  if (!existsSync(OWN_RUN)) {
    mkdirSync(OWN_RUN)
    // Another machine may still have its own files mounted there; whoever is last removes the folder.
    defer(owner, () => {
      try {
        rmdirSync(OWN_RUN)
      } catch {}
    })
  }
  inside('mount', '-t', 'tmpfs', 'tmpfs', OWN_RUN)
  return machineOf(namespace, mounts)
}

/** A mount namespace lives as long as a process in it, or a bind mount of its file; that file needs a mount that nobody shares. */
const keepMountNamespace = (owner: Owner, folder: string): string => {
  const holder = join(folder, 'mounts')
  mkdirSync(holder)
  run('mount', '--bind', holder, holder)
  defer(owner, () => void attempt('umount', '--lazy', holder))
  run('mount', '--make-private', holder)
  const file = join(holder, 'namespace')
  writeFileSync(file, '')
  run('unshare', `--mount=${file}`, '--propagation', 'private', 'true')
  defer(owner, () => void attempt('umount', file))
  return file
}

const overlay = (inside: (...words: string[]) => string, folder: string, path: string): void => {
  const layers = ['upper', 'work'].map((name) => join(folder, path.slice(1), name))
  for (const layer of layers) mkdirSync(layer, { recursive: true })
  const [upper = '', work = ''] = layers
  inside('mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${path},upperdir=${upper},workdir=${work}`, path)
}

const machineOf = (namespace: NetNamespace, mounts: string): Machine => {
  const command: Machine['command'] = (...words) => ['nsenter', `--net=${namespace.path}`, `--mount=${mounts}`, ...words]
  const runInside: Machine['run'] = (words, { input = '', environment } = {}) => {
    const [program, ...parameters] = command(...(words as [string, ...string[]]))
    const { exitCode, stdout, stderr } = execaSync(program, parameters, {
      input,
      reject: false,
      timeout: 120_000,
      ...(environment === undefined ? {} : { env: environment, extendEnv: false }),
    })
    return { exitCode: exitCode ?? -1, stdout, stderr }
  }
  return {
    command,
    run: runInside,
    writeFile: (path, text) => {
      runInside(['mkdir', '-p', dirname(path)])
      const { exitCode, stderr } = runInside(['tee', path], { input: text })
      if (exitCode !== 0) throw new Error(`writing ${path}: ${stderr}`)
    },
  }
}
