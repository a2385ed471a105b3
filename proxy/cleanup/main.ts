/** The composition root of `selvedge cleanup`: opens the kernel, cleans up, tells. */
import fs from 'node:fs'
import process from 'node:process'
import { openCommands } from '#kernel/command.ts'
import { observeIpvs } from '#kernel/ipvs/observe.ts'
import { openIpvs } from '#kernel/ipvs/open.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { isExcluded } from '../node-view.ts'
import { isProxyRunning } from '../presence.ts'
import { socketPath } from '../status/socket.ts'
import { openForeignFilters, openNodeRecord } from '../surroundings/main.ts'
import { cleanUp, type Step } from './cleanup.ts'
import type { CleanupOptions } from './options.ts'

/**
 * Removes what is the proxy's from this network namespace, one line on standard output for each thing.
 * @returns the exit status: 0 when nothing of it is left, 1 when something could not be removed
 * @throws when this is not root, or a proxy runs; nothing is removed then
 */
export const runCleanup = async ({ excludedCidrs, force }: CleanupOptions): Promise<number> => {
  if (process.geteuid?.() !== 0) throw new Error('cleaning up changes the kernel: it must run as root')
  if (!force && (await isProxyRunning())) {
    throw new Error(
      'selvedge proxy runs on this node and would put everything back: stop it first (selvedge cleanup --force cleans all the same)',
    )
  }
  const kernel = openKernel()
  try {
    const steps = cleanUp({ ...kernel.edges, spares: (item) => isExcluded(item, excludedCidrs) })
    for (const step of steps) tell(step)
    if (steps.length === 0) process.stdout.write('nothing is there to remove\n')
    return steps.some(({ failure }) => failure !== undefined) ? 1 : 0
  } finally {
    kernel.close()
  }
}

const tell = ({ verb, what, failure }: Step): void => {
  if (failure === undefined) process.stdout.write(`${verb} ${what}\n`)
  else process.stderr.write(`selvedge cleanup: not ${verb}: ${what}: ${failure.message}\n`)
}

const openKernel = () => {
  const commands = openCommands()
  const [rtnetlink, ipvs] = [openRtnetlink(), openLoadedIpvs()]
  const nftables = openNftables(commands)
  return {
    edges: {
      ipvs,
      observeIpvs: () => (ipvs === undefined ? [] : observeIpvs(ipvs)),
      nftables,
      rtnetlink,
      filters: openForeignFilters(commands, nftables),
      sysctls: openSysctls(),
      record: openNodeRecord(),
      socket: { path: socketPath(), exists: () => fs.existsSync(socketPath()), remove: () => fs.rmSync(socketPath(), { force: true }) },
    },
    close: () => {
      ipvs?.close()
      rtnetlink.close()
    },
  }
}

/** Cleaning up loads no module: where IPVS is not loaded there is nothing of it. */
const openLoadedIpvs = () => (fs.existsSync('/proc/thread-self/net/ip_vs') ? openIpvs() : undefined)
