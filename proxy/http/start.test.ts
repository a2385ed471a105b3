import t from 'tap'
import { listen } from './listen.ts'
import { type HttpServers, startHttp } from './start.ts'

const LOOPBACK = '127.0.0.1'
const source = { render: async () => 'up 1\n', contentType: 'text/plain; version=0.0.4; charset=utf-8' } as const
const health = () => ({ healthy: true, ready: true, eligible: true, reasons: [], lastUpdated: 0, now: 0 })

/** A port that was free a moment ago. */
const freePort = async (): Promise<number> => {
  const listener = await listen({ address: LOOPBACK, port: 0, routes: {} })
  await listener.close()
  return listener.port
}

const start = (ports: { metrics: number; health: number }): Promise<HttpServers> =>
  startHttp({
    metrics: { address: LOOPBACK, port: ports.metrics, path: '/m', source },
    health: { address: LOOPBACK, port: ports.health, source: health },
  })

t.test('metrics and health are served on their ports and paths', async (t) => {
  const servers = await start({ metrics: await freePort(), health: await freePort() })
  t.teardown(() => servers.close())
  const scrape = await fetch(`http://${LOOPBACK}:${servers.metricsPort}/m`)
  t.strictSame([scrape.status, scrape.headers.get('content-type'), await scrape.text()], [200, source.contentType, 'up 1\n'])
  const probe = await fetch(`http://${LOOPBACK}:${servers.healthPort}/healthz`)
  t.strictSame([probe.status, await probe.text()], [200, 'OK\n'])
  t.equal((await fetch(`http://${LOOPBACK}:${servers.healthPort}/m`)).status, 404)
})

t.test('port 0 switches a server off', async (t) => {
  const servers = await start({ metrics: 0, health: 0 })
  t.strictSame([servers.metricsPort, servers.healthPort], [undefined, undefined])
  await servers.close()
})

t.test('a port in use names the flag, and the other server does not stay', async (t) => {
  const other = await listen({ address: LOOPBACK, port: 0, routes: {} })
  t.teardown(() => other.close())
  const healthPort = await freePort()
  await t.rejects(start({ metrics: other.port, health: healthPort }), {
    code: 'EADDRINUSE',
    message: `--metrics-port=${other.port}: cannot listen on 127.0.0.1 port ${other.port}: address already in use; see --metrics-port and --metrics-addr`,
  })
  await t.rejects(fetch(`http://${LOOPBACK}:${healthPort}/healthz`))
})
