/** Replaying a recorded case with our executables, and telling every difference. */
import { isDeepStrictEqual } from 'node:util'
import { filledIn } from '../placeholders.ts'
import { BIN, plugin } from '../plugin.ts'
import { type Observation, observe } from './observe.ts'
import type { RecordedCase, Step } from './recording.ts'
import { inScene, type Scene } from './scene.ts'

/** What one step did with ours. */
export interface ReplayedStep {
  readonly recorded: Step
  readonly observed: Observation
}

/** Runs the steps of a case in order, in a scene of its own, and observes after every step. */
export const replay = (recorded: RecordedCase, wanted: (step: Step) => boolean = () => true): Promise<ReplayedStep[]> =>
  inScene(async (scene) => {
    const replayed: ReplayedStep[] = []
    let last = ''
    for (const step of recorded.steps.filter(wanted)) {
      const { exitCode, stdout } = await plugin(recorded.plugin).command(step.verb, {
        host: scene.host,
        netns: `/var/run/netns/${scene.pod}`,
        config: placed(step.stdin, scene).replace('"@last"', () => last),
        env: Object.fromEntries(Object.entries(recorded.env).map(([name, value]) => [name, placed(value, scene)])),
      })
      if (step.verb === 'ADD' && exitCode === 0) last = stdout
      replayed.push({ recorded: step, observed: { exit: exitCode, stdout: normalised(stdout, scene), ...(await observe(scene)) } })
    }
    return replayed
  })

/** What is observed otherwise than recorded, each as recorded and as it is; keys are those of the recording. */
export const differencesOf = ({ recorded, observed }: ReplayedStep): Record<string, { recorded: unknown; ours: unknown }> =>
  Object.fromEntries(
    Object.entries(observed)
      .filter(([key, value]) => !isSame(key, recorded[key], value))
      .map(([key, value]) => [key, { recorded: recorded[key], ours: value }]),
  )

/** Whether two observations under one key are the same. */
export const isSame = (key: string, recorded: unknown, ours: unknown): boolean =>
  isDeepStrictEqual(comparable(key, recorded), comparable(key, ours))

const placed = (text: string, { host, pod, folder }: Scene): string => filledIn(text, { DIR: folder, POD: pod, HOST: host, BIN })

const normalised = (text: string, { host, pod, folder }: Scene): string =>
  text
    .replaceAll(folder, 'DIR')
    .replaceAll(pod, 'POD')
    .replaceAll(host, 'HOST')
    .replaceAll(BIN, 'BIN')
    .replaceAll(/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC')
    .replaceAll(/\bveth[0-9a-f]{8}\b/g, 'vethX')

/**
 * The order of what a kernel lists is its own; of messages that quote Go's types, the words up to there count, and of those that quote
 * iptables all but its version and the number of a line.
 */
const comparable = (key: string, value: unknown): unknown => {
  if (/^(links|routes) /.test(key) && Array.isArray(value)) {
    return value.map((each) => (typeof each === 'string' ? JSON.parse(each) : each)).toSorted(byText)
  }
  if (key === 'stdout' && typeof value === 'string') {
    return value
      .replace(/((Go value of type|strconv\.).*?)("\n\})/s, '$2$3')
      .replace(/ v[\d.]+ \((nf_tables|legacy)\)/, '')
      .replace(/(?<=line: )\d+/, 'N')
  }
  return key === 'files' && Array.isArray(value) ? value.toSorted(byText) : value
}

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
