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
import type { Points } from '../sweep.ts'
import { complaintAbout, describe, type FuzzOutcome } from './judge.ts'
import { type FuzzPlace, type FuzzRequest, makeRequest } from './requests.ts'

const PLACE: FuzzPlace = { netns: '/run/netns/pod', path: '/bin1', dataDir: '/leases' }

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
const runSimulated = ({ plugin, env, stdin }: FuzzRequest, random: Random): FuzzOutcome => {
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

/** Milliseconds that no call takes. */
const PATIENCE = 5000

/** Calls until `isOver`; what is wrong becomes a failed test point. Returns how many calls succeeded and failed, as they may. */
export const fuzzSimulated = (t: Points, random: Random, isOver: () => boolean): { succeeded: number; failed: number } => {
  const counts = { succeeded: 0, failed: 0 }
  for (let calls = 0; !isOver(); calls++) {
    const request = makeRequest(random, PLACE)
    const started = performance.now()
    const outcome = runSimulated(request, random)
    const complaint = performance.now() - started > PATIENCE ? 'it took too long' : complaintAbout(request.env.CNI_COMMAND, outcome)
    counts[outcome.exitCode === 0 ? 'succeeded' : 'failed'] += 1
    if (complaint === undefined) continue
    t.strictSame(complaint, undefined, `call ${calls}`)
    t.comment(describe(request, outcome))
  }
  t.ok(counts.succeeded + counts.failed > 0, `${counts.succeeded + counts.failed} calls answered as they should`)
  return counts
}
