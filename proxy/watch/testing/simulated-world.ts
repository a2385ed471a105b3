/** A ListWatch for one Node over a simulated API server and clock, for unit tests. */
import type { ClusterEvent } from '../../services/types.ts'
import { ListWatch } from '../list-watch.ts'
import { nodeNamed } from '../resource.ts'
import { TIMING } from '../timing.ts'
import { SimulatedApi } from './simulated-api.ts'
import { SimulatedClock, settle } from './simulated-clock.ts'
import { simulatedLog } from './simulated-log.ts'

export const node = (name: string, address: string, resourceVersion: string): object => ({
  metadata: { name, resourceVersion },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

export const added = (name: string, address: string, version: string): object => ({ type: 'ADDED', object: node(name, address, version) })
export const deleted = (name: string, version: string): object => ({ type: 'DELETED', object: node(name, '10.0.0.1', version) })
export const bookmark = (resourceVersion: string, annotations = {}): object => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion, annotations } },
})
export const listed = (version: string): object => bookmark(version, { 'k8s.io/initial-events-end': 'true' })

/** Whoever stops it in the end: a test. */
interface Owner {
  teardown(cleanup: () => Promise<void>): unknown
}

/** Starts one. `happened` tells `+NAME ADDRESSES`, `-NAME` and `listed`, in order. */
export const startSimulated = (owner: Owner) => {
  const api = new SimulatedApi()
  const clock = new SimulatedClock()
  const log = simulatedLog()
  const happened: string[] = []
  const onEvents = (events: readonly ClusterEvent[]): void => {
    for (const { key, value } of events)
      happened.push(value === undefined ? `-${key}` : `+${key} ${'addresses' in value ? value.addresses : ''}`)
  }
  const onListed = (): void => void happened.push('listed')
  const watch = new ListWatch({ api, clock, log, timing: TIMING, resource: nodeNamed('a'), onEvents, onListed })
  watch.start()
  owner.teardown(() => watch.stop())
  return { api, clock, log, happened, watch }
}

/** Answers the open request with everything that exists, and lets it come in. */
export const answerList = async ({ api }: { readonly api: SimulatedApi }, ...messages: readonly object[]): Promise<void> => {
  await settle()
  api.last.answer()
  api.last.send(...messages)
  await settle()
}
