/**
 * Takes all samples, as root where the kernel has IPVS:
 *
 *     node inside.ts '{ "services": [100, 1000], "measures": ["cold"], "repetitions": 100, "rounds": 2 }'
 *
 * Prints a line of JSON for each Sample on standard output, and what it is doing on standard error.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { makeNamespace } from '../../test-netns/rig/namespace.ts'
import { makeOwner } from '../../test-netns/rig/owner.ts'
import { measureHealth } from './health.ts'
import type { MeasureName } from './options.ts'
import { measureProcess } from './process.ts'
import type { SampleRequest } from './sample.ts'
import type { LoopSample, RestoreSample, Sample } from './samples.ts'
import { ipvsadmLines } from './workload.ts'

export interface InsideRequest {
  readonly services: readonly number[]
  readonly measures: readonly MeasureName[]
  readonly repetitions: number
  readonly rounds: number
}

const BURST = 1_000
const AUDITS = 3

const take = async ({ services, measures, repetitions, rounds }: InsideRequest): Promise<void> => {
  const has = (measure: MeasureName): boolean => measures.includes(measure)
  if (measures.some((measure) => measure !== 'health')) warmUp()
  for (const size of services) {
    const turns = has('cold') && size >= 1_000 ? rounds : 0
    for (let round = 0; round < Math.max(1, turns); round++) {
      const detailed = round === 0
      if (!measures.some((measure) => measure !== 'process' && measure !== 'health')) continue
      const request: SampleRequest = {
        services: size,
        changes: detailed && has('change') ? repetitions : 0,
        burst: detailed && has('burst') && size >= BURST ? BURST : 0,
        audits: detailed && has('audit') ? AUDITS : 0,
      }
      // Ours, theirs; theirs, ours: neither profits from what the machine does meanwhile.
      const steps = [() => tell({ loop: sampleOf(request) }), () => turns > 0 && tell({ restore: restore(size) })]
      for (const step of round % 2 === 0 ? steps : steps.toReversed()) step()
    }
  }
  const largest = Math.max(...services)
  if (has('process')) tell({ process: await measureProcess(largest) })
  if (has('health')) tell({ health: await measureHealth(largest) })
}

/**
 * Both, once, and nothing is told: whoever came first would load some twenty modules for the kernel and read his programs from the host, which
 * is ten seconds in the virtual machine and has nothing to do with either. After the first sizes of a whole run that was done anyway.
 */
const warmUp = (): void => {
  sampleOf({ services: 1, changes: 0, burst: 0, audits: 0 })
  restore(1)
}

const tell = (sample: Sample): void => void process.stdout.write(`${JSON.stringify(sample)}\n`)

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const sampleOf = (request: SampleRequest): LoopSample => {
  say(`${request.services} Services: cold start${request.changes > 0 ? ', changes' : ''}`)
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'sample.ts'), JSON.stringify(request)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`the sample of ${request.services} Services ended with ${status}`)
  return JSON.parse(stdout) as LoopSample
}

const restore = (services: number): RestoreSample => {
  say(`${services} Services: ipvsadm --restore`)
  const owner = makeOwner()
  try {
    const namespace = makeNamespace(owner, 'restore')
    const lines = ipvsadmLines(services)
    const [program, ...words] = namespace.command('ipvsadm', '--restore')
    const started = performance.now()
    const { status, stderr } = spawnSync(program, words, { input: lines, encoding: 'utf8' })
    const restoreMilliseconds = performance.now() - started
    if (status !== 0) throw new Error(`ipvsadm --restore: ${stderr}`)
    const virtualServers = namespace.exec('ipvsadm', '--save', '--numeric').match(/^-A /gm)?.length
    if (virtualServers !== services) throw new Error(`ipvsadm --restore made ${virtualServers} of ${services} virtual servers`)
    namespace.exec('ipvsadm', '--clear')
    return { services, restoreMilliseconds }
  } finally {
    owner.close()
  }
}

await take(JSON.parse(process.argv[2] ?? '') as InsideRequest)
