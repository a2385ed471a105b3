import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { readText } from './api.ts'
import { systemClock } from './clock.ts'
import { openApi } from './transport.ts'

const serve = async (t: Test, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a redirect is an answer like any other: nobody else is sent the credentials', async (t) => {
  const asked: string[] = []
  const other = await serve(t, (request, response) => {
    asked.push(`other ${request.headers.authorization}`)
    response.end()
  })
  const server = await serve(t, (request, response) => {
    asked.push(`server ${request.headers.authorization}`)
    response.writeHead(307, { location: `${other}/api` }).end()
  })
  const folder = t.testdir({
    config: JSON.stringify({
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { token: 'secret' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  })
  const api = openApi({ kubeconfig: `${folder}/config` }, systemClock)
  t.teardown(() => api.close())
  const response = await api.request({ path: '/api', query: {}, gzip: false, signal: new AbortController().signal })
  await readText(response.body, 1_000)
  t.equal(response.status, 307)
  t.strictSame(asked, ['server Bearer secret'])
})

t.test('a token file is read anew when the machine’s clock is set, and not at each request', async (t) => {
  const asked: (string | undefined)[] = []
  const server = await serve(t, (request, response) => {
    asked.push(request.headers.authorization)
    response.end('{}')
  })
  const folder = t.testdir({
    token: 'first',
    config: JSON.stringify({
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  })
  let day = 0
  const api = openApi({ kubeconfig: `${folder}/config` }, systemClock, () => Date.now() - day * 86_400_000)
  t.teardown(() => api.close())
  const ask = async () => {
    const response = await api.request({ path: '/api', query: {}, gzip: false, signal: new AbortController().signal })
    await readText(response.body, 1_000)
  }
  await ask()
  writeFileSync(`${folder}/token`, 'second')
  await ask()
  day = 1
  await ask()
  writeFileSync(`${folder}/token`, 'third')
  await ask()
  t.strictSame(asked, ['Bearer first', 'Bearer first', 'Bearer second', 'Bearer second'])
})
