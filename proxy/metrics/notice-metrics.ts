/** What cannot be obeyed or carried out, and who was told. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

type NoticeMetrics = Pick<Metrics, 'countNotice' | 'countEvent' | 'setFailing' | 'setHealthCheckServers'>

export const noticeMetrics = (registry: Registry): NoticeMetrics => {
  const registers = [registry]
  const notices = new Counter({
    registers,
    name: 'selvedge_notices_total',
    help: 'What Services asked for and did not get, by reason.',
    labelNames: ['reason'],
  })
  const events = new Counter({
    registers,
    name: 'selvedge_events_total',
    help: 'Events about Services, by what became of them: sent, failed (tried again), refused, forbidden, dropped.',
    labelNames: ['result'],
  })
  const failing = new Gauge({ registers, name: 'selvedge_failing_services', help: 'Services whose last change the kernel refused.' })
  const servers = new Gauge({
    registers,
    name: 'selvedge_health_check_servers',
    help: 'Servers of healthCheckNodePorts, by state: open, opening, absent (no such address here), failed.',
    labelNames: ['state'],
  })
  return {
    countNotice: (reason) => notices.inc({ reason }),
    countEvent: (result) => events.inc({ result }),
    setFailing: (services) => failing.set(services),
    setHealthCheckServers: (states) => {
      for (const [state, count] of Object.entries(states)) servers.set({ state }, count)
    },
  }
}
