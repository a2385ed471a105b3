/** Where the rules do not hold, and why. An entry that is not needed any more fails the test too. */

/** Modules of the kernel layer that do no input or output, so that everybody may import them as values. They may import only each other and net. */
export const PURE_KERNEL: Readonly<Record<string, string>> = {
  'kernel/errno.ts': 'error values and predicates',
  'kernel/ipvs/server-id.ts': 'names of virtual servers',
  'kernel/nat-table.ts': 'the text form of a table',
  'kernel/netfilter-change.ts': 'plans again what failed; whatever acts is an argument',
}

/** Files that touch the process or its clock although they are no main.ts: each is an edge. */
export const EDGES: Readonly<Record<string, string>> = {
  'kernel/spawn.node.ts': 'loads node:child_process only when something is run: importing it costs a CNI call 4 ms',
  'kernel/netlink/raw-socket.ts': 'delivers replies after send() has returned, as the netlink package expects of its native socket',
  'kernel/boot-time.ts': 'the clock of now is one of the two by which it tells when the machine started',
  'kernel/bun-fs/fs.ts': 'stands for node:fs, whose constants differ by processor',
  'kernel/bun-fs/numbers.ts': 'numbers of system calls differ by processor',
  'proxy/log.ts': 'each line of the log has its time',
  'proxy/engine/breathe.ts': 'rounds of the event loop',
  'proxy/watch/clock.ts': 'the real clock, which the watchers take as an argument',
  'proxy/status/socket.ts': "the umask is the only way to make a socket that is nobody else's from its first moment",
}

/** Files of more than 200 lines. */
export const LONG: Readonly<Record<string, string>> = {}
