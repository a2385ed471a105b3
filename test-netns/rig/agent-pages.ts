/** An agent's pages: HTTP GET from inside a namespace. */
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { connectAtOnce, type Enter, stay } from './agent-entering.ts'
import type { Page } from './agent-protocol.ts'

/** A URL says nothing of its scheme's own port. */
const HTTP_PORT = 80

/** Each over a connection of its own. Rejects when there is no answer within 5 seconds. */
export const fetchPage = (url: string, enter: Enter = stay): Promise<Page> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const createConnection = () =>
      enter(() => connectAtOnce({ address: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? HTTP_PORT : Number(port) }))
    const request = get(url, { createConnection, signal: AbortSignal.timeout(5000) }, async (response) => {
      const { statusCode = 0, headers } = response
      resolve({ status: statusCode, headers, body: await text(response) })
    })
    // More than one may come of one request.
    request.on('error', reject)
  })
