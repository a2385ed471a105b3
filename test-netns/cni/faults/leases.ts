/** Calls of host-local on a lease folder that can be spoilt: one address range, one folder, no network at all. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'
import { type PluginOutcome, plugin } from '../plugin.ts'

export interface LeaseScene {
  /** A folder that nothing but `leases` below it is the business of. */
  readonly folder: string
  /** Where the leases of network `net` are. */
  readonly leases: string
  /** Name of the namespace that plays the host. */
  readonly host: string
  /** The config of network `net`. */
  readonly config: object
  /** A verb for a container; `under`: words before the command line. A call that takes longer than 10 s counts as hanging and is killed. */
  call(verb: string, containerId: string, options?: { readonly under?: readonly string[]; readonly name?: string }): Promise<PluginOutcome>
  /** Names in the lease folder. */
  names(): string[]
}

export const makeLeaseScene = (owner: Owner): LeaseScene => {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  const leases = join(folder, 'leases/net')
  mkdirSync(leases, { recursive: true })
  const host = makeNamespace(owner, 'host').name
  const config = { cniVersion: '1.1.0', name: 'net', ipam: { type: 'host-local', dataDir: join(folder, 'leases'), subnet: '10.1.2.0/28' } }
  return {
    folder,
    leases,
    host,
    config,
    call: (verb, containerId, { under = [], name = 'net' } = {}) =>
      plugin('host-local').command(verb, {
        host,
        netns: '/run/netns/nobody',
        containerId,
        config: { ...config, name },
        under: [...under, 'timeout', '--signal=KILL', '10'],
      }),
    names: () => readdirSync(leases).sort(),
  }
}
