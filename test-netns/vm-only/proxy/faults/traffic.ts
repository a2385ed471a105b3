/**
 * A client program: asks a URL again and again, each time over a new connection, and says `failed REASON` for whatever is no answer.
 * `node traffic.ts URL PAUSE_MS`; SIGTERM ends it with a last line `asked N failed M`.
 */
import { get } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'

const [url = '', pause = '20'] = process.argv.slice(2)
const TIMEOUT = 10_000

const askOnce = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: TIMEOUT }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`))
      response.once('error', (error) => resolve(error.message))
    })
    request.once('timeout', () => request.destroy(new Error('timeout')))
    request.once('error', (error) => resolve(error.message))
  })

let stopped = false
process.once('SIGTERM', () => {
  stopped = true
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)

let [asked, failed] = [0, 0]
say('asking')
while (!stopped) {
  const reason = await askOnce()
  asked += 1
  if (reason !== undefined) {
    failed += 1
    say(`failed ${new Date().toISOString()} ${reason}`)
  }
  await after(Number(pause))
}
say(`asked ${asked} failed ${failed}`)
