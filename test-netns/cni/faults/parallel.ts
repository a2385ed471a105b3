/** Many calls at the same time. */
import { randomBytes } from 'node:crypto'
import { defer, type Owner } from '../../rig/owner.ts'
import { runWithInput } from '../../rig/run.ts'
import { surplus } from './kill.ts'
import { SCENARIOS } from './scenarios.ts'
import { type ChainOutcome, makeFaultScene, type Scenario } from './scene.ts'
import type { Points } from './sweep.ts'

/** A pod's namespace and its container's id. */
interface Pod {
  readonly netns: string
  readonly containerId: string
}

/** Makes namespaces with one process for all. */
const makePods = (owner: Owner, count: number): Pod[] => {
  const suffix = randomBytes(3).toString('hex')
  const names = Array.from({ length: count }, (_, index) => `pod${index}-${suffix}`)
  const batch = (verb: string): string => names.map((name) => `netns ${verb} ${name}`).join('\n')
  defer(owner, () => void runWithInput(batch('delete'), 'ip', '-batch', '-'))
  runWithInput(batch('add'), 'ip', '-batch', '-')
  return names.map((name) => ({ netns: `/run/netns/${name}`, containerId: name }))
}

const failures = (outcomes: readonly ChainOutcome[]): string[] =>
  outcomes.filter(({ exitCode }) => exitCode !== 0).map(({ stdout }) => stdout)

/** Different pods: all succeed, no two have an address in common, and all can go at the same time. */
export const addDifferentPods = async (t: Points, count: number, scenario: Scenario = SCENARIOS.chain): Promise<void> => {
  const scene = makeFaultScene(t, scenario)
  const pods = makePods(t, count)
  const added = await Promise.all(pods.map((pod) => scene.add(pod)))
  t.strictSame(failures(added), [], `${count} ADDs succeed`)
  t.strictSame(new Set(added.flatMap(addressesOf)).size, 2 * count, 'no address is given twice')
  const lines = scene.state()
  t.strictSame(lines.filter((line) => line.startsWith('host device vethX up')).length, count, 'every pod has its port')
  t.strictSame(lines.filter((line) => line.startsWith('host address br0')).length, 2, 'the bridge has its addresses once')
  t.strictSame(repeated(lines.filter((line) => line.startsWith('rule'))), [], 'no rule is there twice')
  t.strictSame(failures(await Promise.all(pods.map((pod) => scene.del(pod)))), [], `${count} DELs succeed`)
  t.strictSame(surplus(scene.state(), await stateOfOne(t, scenario)), [], 'nothing is left')
}

const addressesOf = ({ result }: ChainOutcome): string[] =>
  ((result ?? {}) as { ips?: { address: string }[] }).ips?.map(({ address }) => address) ?? []

const repeated = (lines: readonly string[]): string[] => surplus(lines, [...new Set(lines)])

/** What one pod, undisturbed, leaves. */
const stateOfOne = async (owner: Owner, scenario: Scenario): Promise<string[]> => {
  const scene = makeFaultScene(owner, scenario)
  await scene.add()
  await scene.del()
  return scene.state()
}

/** The same pod: one ADD succeeds, the others harm nothing, and DELs at the same time leave nothing. */
export const addSamePod = async (t: Points, count: number): Promise<void> => {
  const alone = makeFaultScene(t, SCENARIOS.chain)
  await alone.add()
  const scene = makeFaultScene(t, SCENARIOS.chain)
  const times = Array.from({ length: count })
  const added = await Promise.all(times.map(() => scene.add()))
  t.strictSame(failures(added).length, count - 1, `one of ${count} ADDs succeeds`)
  t.strictSame(
    failures(added).filter((text) => !text.includes('already exists')),
    [],
    'the others say why they do not',
  )
  t.strictSame(surplus(scene.state(), alone.state()), [], 'what is there is as of a single ADD')
  t.strictSame(surplus(alone.state(), scene.state()), [], 'and nothing of it is missing')
  t.strictSame(failures(await Promise.all(times.map(() => scene.del()))), [], `${count} DELs succeed`)
  await alone.del()
  t.strictSame(surplus(scene.state(), alone.state()), [], 'nothing is left')
}
