/**
 * An API server for tests, a process of its own:
 *
 *     node main.ts --listen 10.0.0.1:6443 --directory DIR [--until-stdin-ends]
 *
 * DIR gets ca.crt, admin.kubeconfig, proxy.kubeconfig and control.sock (the same API without faults, for the administrator, from
 * any network namespace). When it listens it prints one line of JSON: `{"url":"https://10.0.0.1:6443","directory":"DIR"}`.
 * faults.ts says what can be ordered to go wrong.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { parseArgs } from 'node:util'
import { makeCertificates } from './certificates.ts'
import { writeKubeconfigs } from './kubeconfigs.ts'
import { ApiServer } from './server.ts'

const { values } = parseArgs({
  options: { listen: { type: 'string' }, directory: { type: 'string' }, 'until-stdin-ends': { type: 'boolean' } },
})
const [, address, port] = /^\[?(.*?)\]?:([0-9]+)$/.exec(values.listen ?? '') ?? []
const directory = values.directory
if (address === undefined || directory === undefined) throw new TypeError('usage: main.ts --listen ADDRESS:PORT --directory DIR')

mkdirSync(directory, { recursive: true, mode: 0o700 })
await makeCertificates(directory, [...new Set([address, '127.0.0.1', '10.96.0.1'])])
const url = `https://${isIPv6(address) ? `[${address}]` : address}:${port}`
writeKubeconfigs(directory, url)

const read = (file: string): Buffer => readFileSync(`${directory}/${file}`)
const server = new ApiServer({ ca: read('ca.crt'), cert: read('server.crt'), key: read('server.key') }, () => new Date().toISOString())
rmSync(`${directory}/control.sock`, { force: true })
await server.listenForControl(`${directory}/control.sock`)
await server.listen(address, Number(port))
console.log(JSON.stringify({ url, directory }))

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0))
// A parent that is killed takes the pipe with it: no server outlives its test.
if (values['until-stdin-ends'] === true) process.stdin.resume().once('end', () => process.exit(0))
