/** The bridge plugin on the real kernel. */
import { openCommands } from '#kernel/command.ts'
import { openIptables } from '#kernel/iptables.ts'
import { openNamespace, openOwnNamespace } from '#kernel/namespace.ts'
import { netfilterOf } from '#kernel/netlink/nfnetlink.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openNftPresence } from '#kernel/nftables-presence.ts'
import { openNftRules } from '#kernel/nftables-rules.ts'
import { randomBytes } from '#kernel/random.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import type { Plugin } from '../protocol/plugin.ts'
import type { NetfilterEdges } from './netfilter/edges.ts'
import { createBridge } from './plugin.ts'

const sleep = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

const openNetfilter = (): NetfilterEdges => {
  const commands = openCommands()
  const presence = openNftPresence(netfilterOf())
  return {
    iptables: openIptables(commands, presence),
    nftables: openNftables(commands),
    presence,
    rules: openNftRules(),
    isInstalled: (program) => commands.find(program) !== undefined,
  }
}

let netfilter: NetfilterEdges | undefined

export const plugin: Plugin = createBridge({
  openNamespace,
  openOwnNamespace,
  openRtnetlink,
  openSysctls,
  /** Opened when it is first asked for: most attachments have no rules. */
  get netfilter() {
    netfilter ??= openNetfilter()
    return netfilter
  },
  randomBytes,
  sleep,
})
