/** The recorder of Events over the API server; a connection is made when there is something to tell. */
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Scheduler } from '../services/contract.ts'
import type { Api } from '../watch/api.ts'
import type { Clock } from '../watch/clock.ts'
import type { ConnectionSettings } from '../watch/kubeconfig.ts'
import { openApi } from '../watch/transport.ts'
import { createEventRecorder, type EventRecorder } from './recorder.ts'
import { createSendEvent, type SendEvent } from './send-event.ts'

export interface EventSettings {
  readonly config: ConnectionSettings
  /** Name of this Node. */
  readonly node: string
  readonly clock: Clock
  readonly scheduler: Pick<Scheduler, 'now' | 'date' | 'after'>
  readonly log: Log
  readonly metrics: Pick<Metrics, 'countEvent'>
}

/** Never throws: what cannot be sent is counted. */
export const openEvents = ({ config, node, clock, scheduler, log, metrics }: EventSettings): EventRecorder => {
  let opened: { readonly api: Api; readonly send: SendEvent } | undefined
  const open = (): { api: Api; send: SendEvent } => {
    const api = openApi(config, clock)
    return { api, send: createSendEvent(api, scheduler.after) }
  }
  const send: SendEvent = async (facts, known) => {
    try {
      opened ??= open()
      return await opened.send(facts, known)
    } catch (error) {
      return { result: 'failed', reason: error instanceof Error ? error.message : String(error) }
    }
  }
  const recorder = createEventRecorder({ send, scheduler, log, node, count: metrics.countEvent })
  return {
    report: recorder.report,
    withdraw: recorder.withdraw,
    close: () => {
      recorder.close()
      opened?.api.close()
    },
  }
}
