/** Network namespaces in the roles of hosts, pods and outside clients. */
import { randomBytes } from 'node:crypto'
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
  const namespace = { ...openNamespace(name), remove }
  namespace.ip('link set lo up')
  return namespace
}

const openNamespace = (name: string): Omit<NetNamespace, 'remove'> => {
  // Not `ip netns exec`: its own mounts cost an emulated machine as much as the program does.
  const command: NetNamespace['command'] = (program, ...parameters) =>
    program === 'ip' ? ['ip', '-netns', name, ...parameters] : ['nsenter', `--net=/run/netns/${name}`, program, ...parameters]
  return {
    name,
    path: `/run/netns/${name}`,
    command,
    exec: (...words) => run(...command(...words)),
    execWithInput: (input, ...words) => runWithInput(input, ...command(...words)),
    attempt: (...words) => attempt(...command(...words)),
    ip: (...commands) => void runWithInput(commands.join('\n'), 'ip', '-netns', name, '-batch', '-'),
    sysctl: (settings) => {
      const words = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`)
      run(...command('sysctl', '--quiet', '--write', ...words))
    },
  }
}

const removeNamespace = (name: string): void => {
  // A process inside would keep the namespace alive without its name.
  const inside = run('ip', 'netns', 'pids', name).split('\n').filter(Boolean)
  if (inside.length > 0) attempt('kill', '-KILL', ...inside)
  run('ip', 'netns', 'delete', name)
}
