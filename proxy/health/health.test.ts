import t from 'tap'
import { type Health, healthRoutes } from './health.ts'

const answers = async (health: Health): Promise<Record<string, [number, string]>> => {
  const all: Record<string, [number, string]> = {}
  for (const [path, route] of Object.entries(healthRoutes(() => health))) {
    const { status, body } = await route()
    all[path] = [status, body]
  }
  return all
}

t.test('a proxy that works says OK everywhere', async (t) => {
  t.strictSame(await answers({ healthy: true, ready: true, reasons: [] }), {
    '/healthz': [200, 'OK\n'],
    '/livez': [200, 'OK\n'],
    '/readyz': [200, 'OK\n'],
  })
})

t.test('a proxy that lags is alive but not ready, and says why', async (t) => {
  t.strictSame(await answers({ healthy: true, ready: false, reasons: ['no list of Services yet', '2 operations failed'] }), {
    '/healthz': [200, 'OK\n'],
    '/livez': [200, 'OK\n'],
    '/readyz': [500, 'Not ready: no list of Services yet; 2 operations failed\n'],
  })
})

t.test('a proxy that is stuck fails every probe', async (t) => {
  t.strictSame(await answers({ healthy: false, ready: false, reasons: ['no pass of the loop for 31 s'] }), {
    '/healthz': [500, 'Unhealthy: no pass of the loop for 31 s\n'],
    '/livez': [500, 'Unhealthy: no pass of the loop for 31 s\n'],
    '/readyz': [500, 'Not ready: no pass of the loop for 31 s\n'],
  })
})

t.test('without a reason there is only the verdict', async (t) => {
  t.strictSame((await answers({ healthy: false, ready: true, reasons: [] }))['/healthz'], [500, 'Unhealthy\n'])
})

t.test('the source is asked at every probe', async (t) => {
  let healthy = false
  const route = healthRoutes(() => ({ healthy, ready: true, reasons: [] }))['/healthz']
  const before = await route?.()
  healthy = true
  const after = await route?.()
  t.strictSame([before?.status, after?.status], [500, 200])
})
