/** The proxy's two HTTP servers, metrics and health, each switched off by port 0. */
import { type CountProbe, type HealthSource, healthRoutes } from '../health/health.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { ListenOptions } from '../options/options.ts'
import { ListenError, type Listener, type ListenSettings, listen } from './listen.ts'

export interface HttpSettings {
  readonly metrics: ListenOptions & { readonly path: string; readonly source: Pick<Metrics, 'render' | 'contentType'> }
  readonly health: ListenOptions & { readonly source: HealthSource; readonly count?: CountProbe }
}

export interface HttpServers {
  /** Ports that are listened on; undefined = switched off. */
  readonly metricsPort: number | undefined
  readonly healthPort: number | undefined
  close(): Promise<void>
}

/** Starts both servers, or neither. @throws ListenError whose message names the flags of the server that could not listen */
export const startHttp = async ({ metrics, health }: HttpSettings): Promise<HttpServers> => {
  const routes = { [metrics.path]: async () => ({ status: 200, type: metrics.source.contentType, body: await metrics.source.render() }) }
  const probes = await start('health', { ...health, routes: healthRoutes(health.source, health.count) })
  try {
    const scrapes = await start('metrics', { ...metrics, routes })
    const close = async (): Promise<void> => void (await Promise.all([probes?.close(), scrapes?.close()]))
    return { metricsPort: scrapes?.port, healthPort: probes?.port, close }
  } catch (error) {
    await probes?.close()
    throw error
  }
}

const start = async (subject: 'health' | 'metrics', settings: ListenSettings): Promise<Listener | undefined> => {
  if (settings.port === 0) return undefined
  try {
    return await listen(settings)
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    throw new ListenError(`--${subject}-port=${settings.port}: ${error.message}; see --${subject}-port and --${subject}-addr`, error.code)
  }
}
