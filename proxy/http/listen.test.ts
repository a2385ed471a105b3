import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { ListenError, type Listener, listen, plain, type Routes } from './listen.ts'

const ROUTES: Routes = {
  '/ok': () => plain(200, 'fine\n'),
  '/later': async () => ({ status: 200, type: 'application/json', body: '{"ä":1}' }),
  '/broken': () => {
    throw new Error('the kernel is away')
  },
}

const open = async (t: { teardown(action: () => unknown): void }): Promise<Listener> => {
  const listener = await listen({ address: '127.0.0.1', port: 0, routes: ROUTES })
  t.teardown(() => listener.close())
  return listener
}

/** What comes back for raw bytes, until the server ends the connection. */
const raw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn()
}

t.test('a path answers with its status, type and body', async (t) => {
  const { port } = await open(t)
  const ok = await fetch(`http://127.0.0.1:${port}/ok?verbose=1`)
  t.strictSame([ok.status, ok.headers.get('content-type'), await ok.text()], [200, 'text/plain; charset=utf-8', 'fine\n'])
  const later = await fetch(`http://127.0.0.1:${port}/later`)
  t.strictSame(
    [later.headers.get('content-type'), later.headers.get('content-length'), await later.text()],
    ['application/json', '8', '{"ä":1}'],
  )
})

t.test('HEAD has the headers and no body', async (t) => {
  const { port } = await open(t)
  const response = await fetch(`http://127.0.0.1:${port}/ok`, { method: 'HEAD' })
  t.strictSame([response.status, response.headers.get('content-length'), await response.text()], [200, '5', ''])
})

t.test('an unknown path is 404, also one that every object has', async (t) => {
  const { port } = await open(t)
  for (const path of ['/', '/nope', '/ok/', '/constructor', '/__proto__']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    t.strictSame([response.status, await response.text()], [404, 'Not Found\n'], path)
  }
})

t.test('one route alone answers every path, with headers of its own, and is told what is accepted', async (t) => {
  const { port, close } = await listen({
    address: '127.0.0.1',
    port: 0,
    routes: ({ accept }) => ({ ...plain(503, accept), headers: { 'X-Weight': '0' } }),
  })
  t.teardown(close)
  for (const path of ['/', '/healthz', '/any/thing?x=1']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept: 'application/json' } })
    t.strictSame([response.status, response.headers.get('x-weight'), await response.text()], [503, '0', 'application/json'])
  }
})

t.test('a big answer is compressed for whoever takes that', async (t) => {
  const body = 'kube_router_service_cps 0\n'.repeat(10_000)
  const { port, close } = await listen({ address: '127.0.0.1', port: 0, routes: () => plain(200, body) })
  t.teardown(close)
  const of = async (encoding: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'accept-encoding': encoding } })
    const length = Number(response.headers.get('content-length'))
    return { encoding: response.headers.get('content-encoding'), small: length < body.length / 10, same: (await response.text()) === body }
  }
  t.same(await of('gzip, deflate'), { encoding: 'gzip', small: true, same: true })
  t.same(await of('identity'), { encoding: null, small: false, same: true })
})

t.test('other methods are 405 and end the connection', async (t) => {
  const { port } = await open(t)
  const text = await raw(port, 'POST /ok HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc')
  t.match(text, /^HTTP\/1\.1 405 Method Not Allowed\r\n/)
  t.match(text, /\r\nallow: GET, HEAD\r\n/)
})

t.test('a route that throws is 500 with its reason, and the server goes on', async (t) => {
  const { port } = await open(t)
  const broken = await fetch(`http://127.0.0.1:${port}/broken`)
  t.strictSame([broken.status, await broken.text()], [500, 'the kernel is away\n'])
  t.equal((await fetch(`http://127.0.0.1:${port}/ok`)).status, 200)
})

t.test('headers beyond 8 KiB are refused', async (t) => {
  const { port } = await open(t)
  t.match(await raw(port, `GET /ok HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(9_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
})

t.test('who holds hundreds of connections open keeps nobody out: the oldest of them make room', async (t) => {
  const { port } = await open(t)
  const held = Array.from({ length: 400 }, () => connect({ host: '127.0.0.1', port }))
  t.teardown(() => held.map((socket) => socket.destroy()))
  for (const socket of held) socket.on('error', () => {})
  await Promise.all(held.map((socket) => once(socket, 'connect')))
  const response = await fetch(`http://127.0.0.1:${port}/ok`, { headers: { connection: 'close' } })
  t.strictSame([response.status, await response.text()], [200, 'fine\n'])
  await until(() => held.filter(({ closed }) => closed).length >= 145)
  t.strictSame(
    held.map(({ closed }) => closed),
    held.map((_, index) => index < 145),
  )
})

t.test('a port in use is told by code and by address', async (t) => {
  const { port } = await open(t)
  await t.rejects(
    listen({ address: '127.0.0.1', port, routes: {} }),
    new ListenError(`cannot listen on 127.0.0.1 port ${port}: address already in use`, 'EADDRINUSE'),
  )
})

t.test('an address that this machine does not have is told', async (t) => {
  await t.rejects(
    listen({ address: '192.0.2.1', port: 9, routes: {} }),
    new ListenError('cannot listen on 192.0.2.1 port 9: cannot assign requested address', 'EADDRNOTAVAIL'),
  )
})

t.test('closing ends open connections and frees the port', async (t) => {
  const first = await listen({ address: '127.0.0.1', port: 0, routes: ROUTES })
  const idle = raw(first.port, 'GET /ok HTTP/1.1\r\nhost: x\r\n\r\n')
  await fetch(`http://127.0.0.1:${first.port}/ok`)
  await first.close()
  t.match(await idle, /fine/)
  const second = await listen({ address: '127.0.0.1', port: first.port, routes: ROUTES })
  await second.close()
  t.equal(second.port, first.port)
})
