/** The CNI executable: four plugins in one file, the name it is started under picks one. */
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { withFileLock } from '#kernel/file-lock.ts'
import { openIptables } from '#kernel/iptables.ts'
import { openNamespace, openOwnNamespace } from '#kernel/namespace.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openNftPresence } from '#kernel/nftables-presence.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { createBridge } from './bridge/plugin.ts'
import { host } from './host.ts'
import { openLeaseFolder, readText } from './host-local/lease-folder.ts'
import { createHostLocal } from './host-local/plugin.ts'
import { createLoopback } from './loopback/plugin.ts'
import { createPortmap } from './portmap/plugin.ts'
import { run } from './protocol/run.ts'
import { readStdin, writeAll } from './stdio.ts'

/** Set by scripts/build.ts. */
declare const SELVEDGE_VERSION: string

const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
const sleep = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

const commands = openCommands()
const presence = openNftPresence()

const plugins = [
  createBridge({ openNamespace, openOwnNamespace, openRtnetlink, openSysctls, randomBytes, sleep }),
  createHostLocal({ openLeases: (path) => openLeaseFolder(path, withFileLock), readText }),
  createLoopback({ openNamespace, openRtnetlink }),
  createPortmap({
    iptables: openIptables(commands, presence),
    nftables: openNftables(commands),
    presence,
    conntrack: openConntrack(),
    sysctls: openSysctls(),
    openRtnetlink,
    isInstalled: (program) => commands.find(program) !== undefined,
  }),
]

const { stdout, stderr, exitCode } = run(
  { plugins, version: `selvedge v${SELVEDGE_VERSION}`, host },
  { argv0: process.argv0, env: process.env, readStdin },
)
writeAll(2, stderr)
writeAll(1, stdout)
process.exit(exitCode)
