/** All four plugins on simulated machines, in this process: thousands of calls a second. */

import { createBridge } from '../../../../cni/bridge/plugin.ts'
import { simulatedEdges } from '../../../../cni/bridge/simulated-edges.ts'
import { fakeLeaseFolder } from '../../../../cni/host-local/fake-lease-folder.ts'
import { createHostLocal } from '../../../../cni/host-local/plugin.ts'
import { createLoopback } from '../../../../cni/loopback/plugin.ts'
import { createPortmap } from '../../../../cni/portmap/plugin.ts'
import { simulatedHost } from '../../../../cni/portmap/testing/simulated-host.ts'
import { fakeHost } from '../../../../cni/protocol/fake-suite.ts'
import { run } from '../../../../cni/protocol/run.ts'
import type { Random } from '../random.ts'
import type { FuzzOutcome } from './judge.ts'
import { type FuzzPlace, type FuzzRequest, makeRequest } from './requests.ts'

export const PLACE: FuzzPlace = { netns: '/run/netns/pod', path: '/bin1', dataDir: '/leases' }

/** Names and contents that a lease folder may hold although nobody of ours made them. */
const FILES: Readonly<Record<string, string>> = {
  '10.1.2.2': '',
  '10.1.2.3': '\0\xff\r\n',
  '10.1.2.4': 'cid1\r\neth0',
  '10.1.2.5': 'cid1',
  '10.1.2.06': 'cid1\r\neth0',
  'last_reserved_ip.0': 'rubbish',
  'last_reserved_ip.1': '10.9.9.9',
  'fd00:1::2': 'x'.repeat(100_000),
  __proto__x: 'cid1\r\neth0',
  '...': '',
}

/** One call on a fresh machine. */
export const runSimulated = ({ plugin, env, stdin }: FuzzRequest, random: Random): FuzzOutcome => {
  const edges = simulatedEdges({ namespace: random.pick(['there', 'there', 'missing', 'file']) })
  const files = Object.fromEntries(Object.entries(FILES).filter(() => random.chance(0.4)))
  const plugins = [
    createBridge(edges),
    createHostLocal({ openLeases: () => fakeLeaseFolder(files), readText: () => 'nameserver 1.1.1.1' }),
    createPortmap(simulatedHost()),
    createLoopback(edges),
  ]
  const path = `${PLACE.path}/host-local`
  const host = fakeHost({ files: { [path]: { stdout: '', stderr: '' } }, ownExecutable: path, ownNamespace: '/proc/self/ns/net' })
  return run({ plugins, version: 'fuzz', host }, { argv0: plugin, env, readStdin: () => stdin })
}

/** Tries requests of one seed until the time is over or something is wrong. */
export const makeSimulatedRequest = (random: Random): FuzzRequest => makeRequest(random, PLACE)
