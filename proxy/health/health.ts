/** What the probes are told. */
import { type Answer, plain, type Question, type Route, type Routes } from '../http/listen.ts'

export interface Health {
  /** false = restarting the process would help. */
  readonly healthy: boolean
  /** false = what the kernel holds is not what the cluster asks for. */
  readonly ready: boolean
  /** false = the Node is about to go: load balancers are to send new connections elsewhere. No restart would help. */
  readonly eligible: boolean
  /** Why not; one short sentence each. */
  readonly reasons: readonly string[]
  /** When the kernel last held all that the cluster asked for, and when this was asked; milliseconds since the epoch. */
  readonly lastUpdated: number
  readonly now: number
}

/** Asked at every probe. */
export type HealthSource = () => Health

/** Told the status of every answer, by path without its slash. */
export type CountProbe = (path: 'healthz' | 'livez' | 'readyz', status: number) => void

/**
 * `/healthz` fails when the process is stuck or the Node is about to go (kube-proxy's rule), `/livez` only in the first case, `/readyz` also
 * while the kernel does not hold what the cluster asks for. 200 `OK`, else 500 with the reasons (kube-router's contract); whoever
 * accepts application/json gets kube-proxy's object from /healthz and /livez instead, with its statuses, 200 and 503.
 */
export const healthRoutes = (source: HealthSource, count: CountProbe = () => {}): Routes => {
  const probe =
    (path: Parameters<CountProbe>[0], passes: (health: Health) => boolean): Route =>
    (question) => {
      const health = source()
      const answer = verdict({ path, health, question, passed: passes(health) })
      count(path, answer.status)
      return answer
    }
  return {
    '/healthz': probe('healthz', ({ healthy, eligible }) => healthy && eligible),
    '/livez': probe('livez', ({ healthy }) => healthy),
    '/readyz': probe('readyz', ({ ready }) => ready),
  }
}

interface Probed {
  readonly path: Parameters<CountProbe>[0]
  readonly health: Health
  readonly question: Question
  readonly passed: boolean
}

const verdict = ({ path, health, question, passed }: Probed): Answer => {
  if (path !== 'readyz' && /\bapplication\/json\b/.test(question.accept)) return kubeProxyAnswer(health, path, passed)
  if (passed) return plain(200, 'OK\n')
  const word = path === 'readyz' ? 'Not ready' : 'Unhealthy'
  return plain(500, `${[word, health.reasons.join('; ')].filter((part) => part !== '').join(': ')}\n`)
}

/** @see pkg/proxy/healthcheck/proxy_health.go: nodeEligible is left out of /livez. */
const kubeProxyAnswer = ({ lastUpdated, now, eligible, reasons }: Health, path: Probed['path'], passed: boolean): Answer => ({
  status: passed ? 200 : 503,
  type: 'application/json',
  body: `${JSON.stringify({
    lastUpdated: new Date(lastUpdated).toISOString(),
    currentTime: new Date(now).toISOString(),
    ...(path === 'healthz' ? { nodeEligible: eligible } : {}),
    ...(passed ? {} : { reasons }),
  })}\n`,
  headers: { 'X-Content-Type-Options': 'nosniff' },
})
