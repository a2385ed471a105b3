/** Asking a proxy of this network namespace how it is. */
import { request } from 'node:http'

const HEALTH_PORT = 20_244

/** @returns the status of the answer, over a connection of its own; undefined when nobody listens */
export const statusOf = (path: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port: HEALTH_PORT, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.once('error', () => resolve(undefined))
    asked.end()
  })
