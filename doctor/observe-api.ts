/** Whether the API server answers to what the proxy will ask. */

import { readText, requireSuccess } from '../proxy/watch/api.ts'
import type { Clock } from '../proxy/watch/clock.ts'
import { fieldsOf, listOf } from '../proxy/watch/fields.ts'
import { type ConnectionSettings, loadConfig } from '../proxy/watch/kubeconfig.ts'
import { parseJson } from '../proxy/watch/messages.ts'
import { nodeNamed, SERVICES, SLICES, type WatchedResource } from '../proxy/watch/resource.ts'
import { openApi } from '../proxy/watch/transport.ts'
import type { ApiFacts, Read } from './facts.ts'
import { reading } from './observe-cni.ts'

export interface ApiQuestion {
  readonly config: ConnectionSettings
  readonly node: string
  readonly clock: Clock
}

const TIMEOUT_MILLISECONDS = 10_000
/** A list of one object. */
const MAX_BYTES = 4 << 20

/** Lists one object of each kind; never rejects. */
export const observeApi = async ({ config, node, clock }: ApiQuestion): Promise<ApiFacts> => {
  const server = reading(() => loadConfig(config).getCurrentCluster()?.server ?? '')
  if ('failure' in server) return { server, node, lists: undefined }
  const api = openApi(config, clock)
  const list = async ({ path, selectors }: WatchedResource): Promise<Read<number>> => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS)
      const response = await requireSuccess(await api.request({ path, query: { ...selectors, limit: '1' }, gzip: false, signal }))
      return { value: listOf(fieldsOf(parseJson(await readText(response.body, MAX_BYTES))).items).length }
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) }
    }
  }
  try {
    const [services, endpointslices, nodes] = await Promise.all([list(SERVICES), list(SLICES), list(nodeNamed(node))])
    return { server, node, lists: { services, endpointslices, nodes } }
  } finally {
    api.close()
  }
}
