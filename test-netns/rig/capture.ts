/** Packets on the wire, by tcpdump. */
import { setTimeout as after } from 'node:timers/promises'
import type { NetNamespace } from './namespace.ts'
import type { Owner } from './owner.ts'
import { startProcess } from './process.ts'

export interface Capture {
  /** Ends the capture; one line of `tcpdump -n` for each packet, without the time. */
  stop(): Promise<string[]>
}

/** Starts capturing on a device (`any` for all) what matches a filter, e.g. `'udp port 8472'`. */
export const capture = async (owner: Owner, namespace: NetNamespace, device: string, filter: string): Promise<Capture> => {
  const options = ['-i', device, '-n', '-t', '-l', '--immediate-mode', '-Z', 'root']
  const tcpdump = await startProcess(owner, namespace.command('tcpdump', ...options, filter), { ready: /listening on/ })
  const stop = async (): Promise<string[]> => {
    // What was sent a moment ago may still be on its way to tcpdump.
    await after(200)
    await tcpdump.stop('SIGINT')
    return tcpdump
      .output()
      .split('\n')
      .filter((line) => /^(IP6? |\S+ +(In|Out|P|B) +IP6? |ARP)/.test(line))
  }
  return { stop }
}
