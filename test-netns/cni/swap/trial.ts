/** One case in one direction: one suite attaches the pod, the other one checks it and removes it. */
import { BIN, plugin } from '../plugin.ts'
import { type ChainConfig, chainOf } from './config.ts'
import type { SwapCase } from './dimensions.ts'
import { normalise } from './normalise.ts'
import { type Observed, observe, prepare, type Side } from './side.ts'

/** Where the Debian package has the reference plugins. */
export const GO_BIN = '/usr/lib/cni'

const SUITES = { Go: GO_BIN, ours: BIN } as const
export type Suite = keyof typeof SUITES

const CONTAINER = 'swapped1'

/** What one plugin said. */
export interface Answer {
  readonly plugin: string
  readonly exitCode: number | undefined
  /** What it printed, as JSON where it is some. */
  readonly printed: unknown
}

export interface Trial {
  readonly add: readonly Answer[]
  readonly attached: Observed
  /** What each suite says of it; empty where ADD failed, or where the version has no CHECK. */
  readonly check: Readonly<Record<Suite, readonly Answer[]>>
  readonly del: readonly Answer[]
  /** What stands after DEL. */
  readonly left: Observed
}

export interface TrialPlan {
  readonly side: Side
  readonly each: SwapCase
  readonly attaching: Suite
  readonly removing: Suite
}

/** ADD by `attaching`, CHECK by both and DEL by `removing`. Everything random in the answers is normalised. */
export const tryOut = async ({ side, each, attaching, removing }: TrialPlan): Promise<Trial> => {
  await prepare(side, each)
  const chain = chainOf(each, side.folder)
  const { answers, result } = await add({ side, each, suite: attaching }, chain)
  const attached = await observe(side, each)
  // Before 0.4.0 there is no CHECK, and DEL gets no result.
  const later = result === undefined || each.cniVersion === '0.3.1' ? chain : chain.map((config) => ({ ...config, prevResult: result }))
  const checkBy = async (suite: Suite): Promise<Answer[]> => (later === chain ? [] : callAll('CHECK', { side, each, suite }, later))
  const check = { Go: await checkBy('Go'), ours: await checkBy('ours') }
  const del = await callAll('DEL', { side, each, suite: removing }, later.toReversed())
  const left = await observe(side, each)
  return normalise({ add: answers, attached, check, del, left }, [
    [side.folder, 'FOLDER'],
    [side.pod.path, 'POD'],
    ...Object.values(SUITES).map((folder) => [folder, 'BIN'] as const),
  ])
}

interface Calls {
  readonly side: Side
  readonly each: SwapCase
  readonly suite: Suite
}

const call = async (verb: string, { side, each, suite }: Calls, config: ChainConfig): Promise<Answer> => {
  const { exitCode, stdout, result } = await plugin(config.type, SUITES[suite]).command(verb, {
    host: side.host.name,
    netns: side.pod.path,
    containerId: CONTAINER,
    path: SUITES[suite],
    under: config.type === 'portmap' || each.masquerade === 'ipMasq' ? side.variants[each.iptables] : [],
    config,
  })
  return { plugin: config.type, exitCode, printed: result ?? stdout }
}

/** As libcni: each plugin gets the result of the one before, and the first that fails ends it. */
const add = async (calls: Calls, chain: readonly ChainConfig[]): Promise<{ answers: Answer[]; result: unknown }> => {
  const answers: Answer[] = []
  for (const config of chain) {
    const prevResult = answers.at(-1)?.printed
    const answer = await call('ADD', calls, prevResult === undefined ? config : { ...config, prevResult })
    answers.push(answer)
    if (answer.exitCode !== 0) return { answers, result: undefined }
  }
  return { answers, result: answers.at(-1)?.printed }
}

const callAll = async (verb: 'CHECK' | 'DEL', calls: Calls, chain: readonly ChainConfig[]): Promise<Answer[]> => {
  const answers: Answer[] = []
  for (const config of chain) answers.push(await call(verb, calls, config))
  return answers
}
