/** Makes, reads and deletes two hundred routes on lo, again and again, and says what was wrong; signals have a handler here. `node program.ts ROUNDS` */
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import type { Route } from '#kernel/rtnetlink/types.ts'

const ROUTES = Array.from(
  { length: 200 },
  (_, number): Route => ({
    family: 4,
    destination: { address: `10.96.0.${number}`, prefixLength: 32 },
    link: 1,
    table: 255,
    type: 'local',
    protocol: 83,
  }),
)

let signals = 0
process.on('SIGUSR2', () => {
  signals += 1
})
process.stdout.write('ready\n')

const rtnetlink = openRtnetlink()
const wrong: string[] = []
const attempt = (what: string, action: () => number): void => {
  try {
    const count = action()
    if (count !== ROUTES.length) wrong.push(`${what}: ${count}`)
  } catch (error) {
    wrong.push(`${what}: ${String(error)}`)
  }
}
const change = (verb: 'replace' | 'delete') => (): number =>
  rtnetlink.batchRoutes(ROUTES.map((route) => ({ verb, route }))).filter((outcome) => outcome === undefined).length

for (let round = Number(process.argv[2]); round > 0; round--) {
  attempt('replace', change('replace'))
  attempt('read', () => rtnetlink.routes({ table: 255, protocol: 83 }).length)
  attempt('delete', change('delete'))
  await new Promise((resolve) => setImmediate(resolve))
}
rtnetlink.close()
process.stdout.write(`${JSON.stringify({ wrong, signals })}\n`)
