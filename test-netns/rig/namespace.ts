/** Network namespaces in the roles of hosts, pods and outside clients. */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { ignoring } from '#kernel/errno.ts'
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { defer, type Owner } from './owner.ts'
import { attempt, type Outcome, run, runWithInput } from './run.ts'

export interface NetNamespace {
  /** As `ip netns` knows it: the label with a random suffix. */
  readonly name: string
  /** The file that stands for it, e.g. for CNI_NETNS. */
  readonly path: string
  /** Runs a program inside and returns its standard output. @throws ExecaSyncError when it fails */
  exec(program: string, ...parameters: string[]): string
  /** The same with something on standard input. */
  execWithInput(input: string, program: string, ...parameters: string[]): string
  /** Runs a program that may fail inside. */
  attempt(program: string, ...parameters: string[]): Outcome
  /** Runs `ip` commands inside, all in one process: `ip('link set eth0 up', 'route add default via 10.0.0.1')`. @throws ExecaSyncError at the first that fails */
  ip(...commands: string[]): void
  /** Sets sysctls: `sysctl({ 'net.ipv4.ip_forward': 1 })`. */
  sysctl(settings: Readonly<Record<string, string | number>>): void
  /** The command line that runs a program inside, for whoever starts it otherwise. */
  command(program: string, ...parameters: string[]): [program: string, ...parameters: string[]]
  /** Removes it with all its links and kills what runs inside; nothing happens the second time. Its owner does it in the end. */
  remove(): void
}

/** Makes a namespace with `lo` up, called `LABEL-xxxxxx`. It is removed when `owner` is done. */
export const makeNamespace = (owner: Owner, label: string): NetNamespace => {
  const name = `${label}-${randomBytes(3).toString('hex')}`
  run('ip', 'netns', 'add', name)
  let present = true
  const remove = (): void => {
    if (!present) return
    present = false
    removeNamespace(name)
  }
  defer(owner, remove)
  const namespace = { ...namespaceCalled(name), remove }
  namespace.ip('link set lo up')
  return namespace
}

const namespaceCalled = (name: string): Omit<NetNamespace, 'remove'> => {
  const path = `/run/netns/${name}`
  // Not `ip netns exec`: its own mounts cost an emulated machine as much as the program does.
  const command: NetNamespace['command'] = (program, ...parameters) =>
    program === 'ip' ? ['ip', '-netns', name, ...parameters] : ['nsenter', `--net=${path}`, program, ...parameters]
  // A program starts where the thread is that starts it: another one to take it there would cost an emulated machine a quarter of a second.
  const inside = <T>(action: () => T): T => {
    const namespace = openNamespace(path)
    try {
      return inNamespace(namespace, action)
    } finally {
      namespace.close()
    }
  }
  return {
    name,
    path,
    command,
    exec: (...words) => inside(() => run(...words)),
    execWithInput: (input, ...words) => inside(() => runWithInput(input, ...words)),
    attempt: (...words) => inside(() => attempt(...words)),
    ip: (...commands) => void inside(() => runWithInput(commands.join('\n'), 'ip', '-batch', '-')),
    sysctl: (settings) => {
      const namespace = openNamespace(path)
      const { write } = openSysctls(namespace)
      for (const [setting, value] of Object.entries(settings)) write(setting.replaceAll('.', '/'), String(value))
      namespace.close()
    },
  }
}

const removeNamespace = (name: string): void => {
  // A process inside would keep the namespace alive without its name.
  for (const pid of processesIn(`/run/netns/${name}`)) ignoring(['ESRCH'], () => process.kill(pid, 'SIGKILL'))
  removeProxyFiles(statSync(`/run/netns/${name}`).ino)
  run('ip', 'netns', 'delete', name)
}

/** What a proxy leaves to its next start in a namespace, by the namespace's number, which the kernel gives away again. */
const removeProxyFiles = (inode: number): void => {
  for (const file of [`proxy/${inode}.json`, `proxy/${inode}.json.new`, `status.${inode}`]) rmSync(`/run/selvedge/${file}`, { force: true })
}

/** As `ip netns pids`, which costs an emulated machine half a second. */
const processesIn = (path: string): number[] => {
  const { ino, dev } = statSync(path)
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter((pid) => {
    const own = ignoring(['ENOENT', 'ESRCH', 'EACCES'], () => statSync(`/proc/${pid}/ns/net`))
    return own?.ino === ino && own.dev === dev
  })
}
