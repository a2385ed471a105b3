/** The kernel as the proxy uses it, opened in this process's network namespace. */
import { existsSync } from 'node:fs'
import { inBackground } from '#kernel/background-command.ts'
import { openBackgroundNft } from '#kernel/background-nft.ts'
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { observeIpvs, observingIpvs } from '#kernel/ipvs/observe.ts'
import { openIpvs } from '#kernel/ipvs/open.ts'
import { loadModule } from '#kernel/modules.ts'
import { openNews } from '#kernel/netlink/news.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openGenerationReader } from '#kernel/nftables-generation.ts'
import { openNftShapes } from '#kernel/nftables-shape.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { ROUTE_PROTOCOL } from '../dataplane/plane.ts'
import type { Log } from '../log.ts'
import type { ProxyOptions } from '../options/options.ts'
import { openPredecessors } from '../predecessors/main.ts'
import { openSurroundings } from '../surroundings/main.ts'

/** @throws when the kernel lacks what is needed */
export const openKernel = ({ timeouts, nodePortRange }: Pick<ProxyOptions, 'timeouts' | 'nodePortRange'>, log: Log) => {
  const commands = openCommands()
  if (commands.find('nft') === undefined)
    throw new Error('nft is not installed: Services need the package nftables (in a container: in its image); nothing was changed')
  // Without it answers between two pods of one bridge by-pass IPVS.
  const failure = loadModule('br_netfilter', commands)
  // A kernel may have it built in.
  if (failure !== undefined && !existsSync('/proc/sys/net/bridge/bridge-nf-call-iptables'))
    log.warn('br_netfilter is not loaded: pods of one bridge cannot reach each other by VIP', { reason: failure })
  const ipvs = openIpvs(undefined, commands)
  if (timeouts.tcp + timeouts.tcpFin + timeouts.udp > 0) ipvs.setTimeouts(timeouts)
  const rtnetlink = openRtnetlink()
  const elements = openElementWriter()
  // Asked once a second: not over a new socket each time.
  const [generation, news] = [openGenerationReader(), openNews({ protocol: ROUTE_PROTOCOL, writer: rtnetlink.port })]
  const nftables = { ...openNftables(commands), generation: generation.read }
  return {
    nftables,
    backgroundNft: openBackgroundNft(inBackground(commands)),
    ...openSurroundings({ commands, nftables, nodePorts: nodePortRange, log }),
    ...openPredecessors({ commands, rtnetlink, nodePorts: nodePortRange }),
    shapes: openNftShapes(),
    elements,
    ipvs,
    rtnetlink,
    news,
    conntrack: openConntrack(),
    observeIpvs: () => observeIpvs(ipvs),
    observingIpvs: () => observingIpvs(ipvs),
    close: () => {
      ipvs.close()
      rtnetlink.close()
      elements.close()
      generation.close()
      news.close()
    },
  }
}
