/**
 * Starting a program and learning what it cost, for about 0.1 ms: posix_spawn(3) and wait4(2) themselves. Node's own child processes would add
 * pipes, an event loop and several milliseconds of noise to each side.
 */
import koffi from 'koffi'

const libc = koffi.load('libc.so.6')
const spawn = libc.func(
  'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)',
)
const initialize = libc.func('int posix_spawn_file_actions_init(void *actions)')
const openInChild = libc.func('int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, uint32_t mode)')
const destroy = libc.func('int posix_spawn_file_actions_destroy(void *actions)')
const wait4 = libc.func('int wait4(int pid, _Out_ int *status, int options, _Out_ uint8_t *usage)')
const prctl = libc.func('int prctl(int option, unsigned long value)')

/** sizeof(posix_spawn_file_actions_t) is 80 and sizeof(struct rusage) 144 with glibc on 64-bit machines. */
const ACTIONS_BYTES = 80
const USAGE_BYTES = 144
const O_RDONLY = 0
/** O_WRONLY | O_CREAT | O_TRUNC */
const O_REPLACE = 0o1101

export interface Program {
  readonly path: string
  readonly parameters?: readonly string[]
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Paths of the files that are its standard input, and that its standard output and error go to. */
  readonly stdin: string
  readonly stdout: string
  readonly stderr: string
}

/** Starts a program in this thread's namespaces. @returns its process id @throws Error */
export const startProgram = ({ path, parameters = [], env, stdin, stdout, stderr }: Program): number => {
  const actions = Buffer.alloc(ACTIONS_BYTES)
  initialize(actions)
  try {
    openInChild(actions, 0, stdin, O_RDONLY, 0)
    openInChild(actions, 1, stdout, O_REPLACE, 0o600)
    openInChild(actions, 2, stderr, O_REPLACE, 0o600)
    const pid = [0]
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const error: number = spawn(pid, path, actions, null, [path, ...parameters, null], [...variables, null])
    if (error !== 0) throw new Error(`starting ${path}: errno ${error}`)
    return pid[0] ?? 0
  } finally {
    destroy(actions)
  }
}

export interface Ended {
  readonly pid: number
  /** Exit status, or 128 + the number of the signal that killed it. */
  readonly status: number
  /** User and system time of the process and of those it has waited for. */
  readonly cpuMilliseconds: number
  /** The largest resident size of any of them. Wrong for a program that `startProgram` started itself, see `adoptOrphans`. */
  readonly peakBytes: number
}

/** Waits for any child to end. */
export const awaitAny = (): Ended => {
  const status = [0]
  const usage = Buffer.alloc(USAGE_BYTES)
  const pid: number = wait4(-1, status, 0, usage)
  if (pid < 0) throw new Error(`wait4: errno ${koffi.errno()}`)
  const word = status[0] ?? 0
  const milliseconds = (offset: number): number =>
    Number(usage.readBigInt64LE(offset)) * 1000 + Number(usage.readBigInt64LE(offset + 8)) / 1000
  return {
    pid,
    status: (word & 0x7f) === 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f),
    // struct rusage: user timeval, system timeval, then ru_maxrss in KiB.
    cpuMilliseconds: milliseconds(0) + milliseconds(16),
    peakBytes: Number(usage.readBigInt64LE(32)) * 1024,
  }
}

const PR_SET_CHILD_SUBREAPER = 36

/**
 * Makes orphans of our children our own. A process shares its parent's memory from posix_spawn to execve, and its peak counts that: what
 * Node starts seems as large as Node. So a shell starts the program and leaves, and we inherit it.
 */
export const adoptOrphans = (): void => {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) !== 0) throw new Error(`prctl: errno ${koffi.errno()}`)
}
