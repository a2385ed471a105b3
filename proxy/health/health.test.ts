import t from 'tap'
import { type Health, healthRoutes } from './health.ts'

const fine: Health = { healthy: true, ready: true, eligible: true, reasons: [], lastUpdated: 1_700_000_000_000, now: 1_700_000_001_500 }
const PATHS = ['/healthz', '/livez', '/readyz']

const ask = async (tweaks: Partial<Health>, accept = '*/*') => {
  const routes = healthRoutes(() => ({ ...fine, ...tweaks }))
  return Promise.all(PATHS.map(async (path) => routes[path]?.({ accept })))
}
const answers = async (tweaks: Partial<Health>): Promise<[number, string][]> =>
  (await ask(tweaks)).map((answer) => [answer?.status ?? 0, answer?.body ?? ''])

t.test('a proxy that works says OK everywhere', async (t) => {
  t.strictSame(await answers({}), [
    [200, 'OK\n'],
    [200, 'OK\n'],
    [200, 'OK\n'],
  ])
})

t.test('a proxy that lags is alive but not ready, and says why', async (t) => {
  t.strictSame(await answers({ ready: false, reasons: ['no list of Services yet', '2 operations failed'] }), [
    [200, 'OK\n'],
    [200, 'OK\n'],
    [500, 'Not ready: no list of Services yet; 2 operations failed\n'],
  ])
})

t.test('a proxy that is stuck fails every probe', async (t) => {
  t.strictSame(await answers({ healthy: false, ready: false, reasons: ['no pass of the loop for 31 s'] }), [
    [500, 'Unhealthy: no pass of the loop for 31 s\n'],
    [500, 'Unhealthy: no pass of the loop for 31 s\n'],
    [500, 'Not ready: no pass of the loop for 31 s\n'],
  ])
})

t.test('a Node that is about to go fails /healthz, which load balancers ask, and not /livez, which would restart us', async (t) => {
  t.strictSame(await answers({ eligible: false, reasons: ['the Node is being deleted'] }), [
    [500, 'Unhealthy: the Node is being deleted\n'],
    [200, 'OK\n'],
    [200, 'OK\n'],
  ])
})

t.test('without a reason there is only the verdict', async (t) => {
  t.strictSame((await answers({ healthy: false }))[0], [500, 'Unhealthy\n'])
})

t.test("whoever accepts JSON gets kube-proxy's object and its statuses", async (t) => {
  const read = async (tweaks: Partial<Health>) =>
    (await ask(tweaks, 'application/json')).slice(0, 2).map((answer) => [answer?.status, answer?.type, JSON.parse(answer?.body ?? '')])
  const times = { lastUpdated: '2023-11-14T22:13:20.000Z', currentTime: '2023-11-14T22:13:21.500Z' }
  t.strictSame(await read({}), [
    [200, 'application/json', { ...times, nodeEligible: true }],
    [200, 'application/json', times],
  ])
  t.strictSame(await read({ eligible: false, reasons: ['the Node is being deleted'] }), [
    [503, 'application/json', { ...times, nodeEligible: false, reasons: ['the Node is being deleted'] }],
    [200, 'application/json', times],
  ])
})

t.test('the source is asked at every probe, and every answer is counted', async (t) => {
  let healthy = false
  const counted: unknown[] = []
  const routes = healthRoutes(
    () => ({ ...fine, healthy }),
    (...probe) => counted.push(probe),
  )
  const before = await routes['/healthz']?.({ accept: '' })
  healthy = true
  const after = await routes['/livez']?.({ accept: '' })
  t.strictSame([before?.status, after?.status], [500, 200])
  t.strictSame(counted, [
    ['healthz', 500],
    ['livez', 200],
  ])
})
