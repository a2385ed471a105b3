/**
 * Replays recorded behaviour of the reference plugins against ours: `node test-netns/cni/golden.ts FILE [--plugin NAME]… [--case TEXT]
 * [--skip-check]`. Prints every difference; exits 1 when there is one. The recording's README says how it was made.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { execa } from 'execa'
import { type Observation, observe, type Scene } from './observe.ts'
import { BIN, buildExecutables, plugin } from './plugin.ts'

interface Step {
  readonly verb: string
  readonly stdin: string
  readonly exit: number
  readonly stdout: string
  readonly [observed: string]: unknown
}

interface Case {
  readonly name: string
  readonly plugin: string
  readonly env: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { plugin: { type: 'string', multiple: true }, case: { type: 'string' }, 'skip-check': { type: 'boolean', default: false } },
  })
  const cases: readonly Case[] = JSON.parse(readFileSync(positionals[0] ?? '', 'utf8'))
  const wanted = cases
    .filter((each) => values.plugin === undefined || values.plugin.includes(each.plugin))
    .filter(({ name }) => name.includes(values.case ?? ''))
  await buildExecutables()
  let failed = 0
  for (const each of wanted) {
    const differences = await inScene((scene) => replay(each, scene, values['skip-check']))
    if (differences.length > 0) failed += 1
    console.log([`${differences.length === 0 ? 'ok' : 'NOT OK'} ${each.plugin}: ${each.name}`, ...differences].join('\n    '))
  }
  console.log(`${wanted.length - failed} of ${wanted.length} cases as recorded`)
  return failed === 0 ? 0 : 1
}

/** Two fresh namespaces, the host's lo up and the pod's down, and an empty data folder. */
const inScene = async <T>(action: (scene: Scene) => Promise<T>): Promise<T> => {
  const suffix = randomBytes(4).toString('hex')
  const scene = { host: `golden-h-${suffix}`, pod: `golden-p-${suffix}`, folder: mkdtempSync(join(tmpdir(), 'golden-')) }
  try {
    for (const name of [scene.host, scene.pod]) await execa('ip', ['netns', 'add', name])
    await execa('ip', ['-n', scene.host, 'link', 'set', 'lo', 'up'])
    // The machine of the recording forwarded, and its namespaces inherited that.
    await execa('ip', ['netns', 'exec', scene.host, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'])
    return await action(scene)
  } finally {
    for (const name of [scene.host, scene.pod]) await execa('ip', ['netns', 'del', name], { reject: false })
    rmSync(scene.folder, { recursive: true })
  }
}

const replay = async (recorded: Case, scene: Scene, skipCheck: boolean): Promise<string[]> => {
  const differences: string[] = []
  let last = ''
  for (const [index, step] of recorded.steps.entries()) {
    if (skipCheck && step.verb === 'CHECK') continue
    const { exitCode, stdout } = await plugin(recorded.plugin).command(step.verb, {
      host: scene.host,
      netns: `/var/run/netns/${scene.pod}`,
      config: placed(step.stdin, scene).replace('"@last"', last),
      env: Object.fromEntries(Object.entries(recorded.env).map(([name, value]) => [name, placed(value, scene)])),
    })
    if (step.verb === 'ADD' && exitCode === 0) last = stdout
    const observed: Observation = { ...(await observe(scene)), exit: exitCode, stdout: normalised(stdout, scene) }
    differences.push(...differencesOf(step, observed).map((difference) => `step ${index + 1} ${step.verb} ${difference}`))
  }
  return differences
}

const placed = (text: string, { host, pod, folder }: Scene): string =>
  text.replaceAll('DIR', folder).replaceAll('POD', pod).replaceAll('HOST', host).replaceAll('BIN', BIN)

const normalised = (text: string, { host, pod, folder }: Scene): string =>
  text
    .replaceAll(folder, 'DIR')
    .replaceAll(pod, 'POD')
    .replaceAll(host, 'HOST')
    .replaceAll(BIN, 'BIN')
    .replaceAll(/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC')
    .replaceAll(/\bveth[0-9a-f]{8}\b/g, 'vethX')

const differencesOf = (step: Step, observed: Observation): string[] =>
  Object.entries(observed)
    .filter(([key, value]) => !isDeepStrictEqual(comparable(key, step[key]), comparable(key, value)))
    .map(([key, value]) => `${key}: recorded ${JSON.stringify(step[key])}, ours ${JSON.stringify(value)}`)

/** Links and routes are recorded as texts of JSON; messages that quote Go's own types count up to there. */
const comparable = (key: string, value: unknown): unknown => {
  if (/^(links|routes) /.test(key) && Array.isArray(value)) {
    return value
      .map((each) => (typeof each === 'string' ? JSON.parse(each) : each))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (key === 'stdout' && typeof value === 'string') return value.replace(/((Go value of type|strconv\.).*?)("\n\})/s, '$2$3')
  if (key === 'files' && Array.isArray(value)) return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return value
}

process.exitCode = await main()
