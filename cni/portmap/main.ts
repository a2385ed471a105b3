/** The portmap plugin on the real kernel. */
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { withFileLock } from '#kernel/file-lock.ts'
import { openIptables } from '#kernel/iptables.ts'
import { keptNetfilter } from '#kernel/netlink/nfnetlink.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openNftPresence } from '#kernel/nftables-presence.ts'
import { openNftRules } from '#kernel/nftables-rules.ts'
import { lookUpRoute } from '#kernel/rtnetlink/lookup.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import type { Plugin } from '../protocol/plugin.ts'
import { createPortmap } from './plugin.ts'

/** Taken by the first ADD after a start of the machine; it stays, like xtables.lock beside it. */
const LOCK = '/run/selvedge-portmap.lock'

const commands = openCommands()
const presence = openNftPresence(keptNetfilter())

export const plugin: Plugin = createPortmap({
  iptables: openIptables(commands, presence),
  nftables: openNftables(commands),
  presence,
  rules: openNftRules(),
  conntrack: openConntrack(),
  sysctls: openSysctls(),
  routeTo: (address) => lookUpRoute(address),
  alone: (action) => withFileLock(LOCK, 0o600, action),
  isInstalled: (program) => commands.find(program) !== undefined,
})
