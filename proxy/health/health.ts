/** What the probes are told. */
import { type Answer, plain, type Routes } from '../http/listen.ts'

export interface Health {
  /** false = restarting the process would help. */
  readonly healthy: boolean
  /** false = what the kernel holds is not what the cluster asks for. */
  readonly ready: boolean
  /** Why not; one short sentence each. */
  readonly reasons: readonly string[]
}

/** Asked at every probe. */
export type HealthSource = () => Health

/** `/healthz` (kube-router's contract: 200 `OK`, else 500) and `/livez` tell `healthy`, `/readyz` tells `ready`; each failure with its reasons. */
export const healthRoutes = (source: HealthSource): Routes => {
  const alive = (): Answer => verdict(source(), 'healthy')
  return { '/healthz': alive, '/livez': alive, '/readyz': () => verdict(source(), 'ready') }
}

const verdict = (health: Health, aspect: 'healthy' | 'ready'): Answer => {
  if (health[aspect]) return plain(200, 'OK\n')
  const word = aspect === 'healthy' ? 'Unhealthy' : 'Not ready'
  return plain(500, `${[word, health.reasons.join('; ')].filter((part) => part !== '').join(': ')}\n`)
}
