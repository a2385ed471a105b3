/**
 * Taking back what we changed on this node that was somebody's before, by the record that the proxy kept. Kernel parameters get their values
 * back, unless somebody changed them after us. Forwarding and bridge filtering stay on: flannel, the CNI plugins and kubelet need them too,
 * and the node's pods would lose their network.
 */
import { hasCode } from '#kernel/errno.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import { formatPortRanges } from '../surroundings/port-ranges.ts'
import { type ChangedSetting, type Changes, parseChanges, type RecordFile } from '../surroundings/record.ts'
import { releaseReservedPorts } from '../surroundings/reserved-ports.ts'
import { attempt, attemptAll } from './attempt.ts'
import type { Step } from './cleanup.ts'

export interface NodeEdges {
  readonly sysctls: Sysctls
  /** The proxy's record of changes. */
  readonly record: Pick<RecordFile, 'read'> & { readonly path: string; remove(): void }
  /** What a proxy that was killed leaves in /run/selvedge. */
  readonly socket: { readonly path: string; exists(): boolean; remove(): void }
}

export const removeSocket = ({ socket }: NodeEdges): Step[] =>
  socket.exists() ? [attempt('removed', `file ${socket.path}`, () => socket.remove())] : []

/** What nothing else on a node needs. */
const isOursAlone = (path: string): boolean => path.startsWith('net/ipv4/vs/') || path === 'net/ipv4/conf/all/arp_announce'

export const restoreNode = ({ sysctls, record }: NodeEdges): Step[] =>
  attemptAll('removed', `file ${record.path}`, () => {
    const text = record.read()
    if (text === undefined) return []
    const steps = restoreChanges(sysctls, parseChanges(text))
    // What could not be restored is tried again by the next run.
    if (steps.some(({ failure }) => failure !== undefined)) return steps
    return [...steps, attempt('removed', `file ${record.path}`, () => record.remove())]
  })

const restoreChanges = (sysctls: Sysctls, { settings, ports }: Changes): Step[] => [
  ...settings.flatMap((setting) => restoreSetting(sysctls, setting)),
  ...attemptAll('restored', 'reserved ports', () => {
    const taken = ports.length === 0 ? [] : releaseReservedPorts(sysctls, ports)
    return taken.length === 0 ? [] : [{ verb: 'restored', what: `ports ${formatPortRanges(taken)}: no longer reserved` }]
  }),
]

const restoreSetting = (sysctls: Sysctls, { path, before, written }: ChangedSetting): Step[] => {
  if (!isOursAlone(path)) return [{ verb: 'left', what: `sysctl ${path}=${written} (was ${before}): others need it too` }]
  try {
    if (sysctls.read(path) !== written) return []
    sysctls.write(path, before)
    return [{ verb: 'restored', what: `sysctl ${path}=${before}` }]
  } catch (error) {
    // Without the module there is no such parameter any more.
    if (hasCode(error, 'ENOENT')) return []
    return [{ verb: 'restored', what: `sysctl ${path}=${before}`, failure: error instanceof Error ? error : new Error(String(error)) }]
  }
}
