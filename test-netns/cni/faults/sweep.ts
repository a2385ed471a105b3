/** Many kills of one verb of one plugin, each followed by DEL or GC, and a fresh ADD; one test point each. */
import type { Owner } from '../../rig/owner.ts'
import type { Boundary } from './boundaries.ts'
import { type Cleanup, killAt, observeUndisturbed, recordBoundaries, type Target, type Undisturbed } from './kill.ts'
import { type FaultScene, makeFaultScene, type Scenario } from './scene.ts'

/** What is used of a tap test. */
export interface Points extends Owner {
  strictSame(found: unknown, wanted: unknown, title: string): boolean
  ok(value: unknown, title: string): boolean
  comment(text: string): void
}

export interface Sweep extends Target {
  readonly scenario: Scenario
  /** What cleans up after a kill. */
  readonly cleanups: readonly Cleanup[]
  /** Which of a run's boundaries are tried. */
  choose(boundaries: readonly Boundary[]): readonly Boundary[]
  /** Whether to go on with the next one; the first is always tried. */
  goOn(): boolean
}

/** Sweeps; a scene in which something was wrong is not used again. */
export const sweep = async (t: Points, { scenario, cleanups, choose, goOn, ...target }: Sweep): Promise<void> => {
  let stage = await prepare(t, scenario)
  const chosen = choose(await recordBoundaries(stage.scene, target))
  let kills = 0
  for (const [index, boundary] of chosen.entries()) {
    if (index > 0 && !goOn()) {
      t.comment(`time is over: ${index} of ${chosen.length} tried`)
      break
    }
    const cleanup = cleanups[index % cleanups.length] ?? 'DEL'
    const { killed, problems } = await killAt(stage.scene, { ...target, boundary, cleanup, undisturbed: stage.undisturbed })
    if (killed) kills += 1
    t.strictSame(problems, [], `${nameOf(target)} killed before ${describe(boundary)}, then ${cleanup}`)
    if (problems.length > 0) stage = await prepare(t, scenario)
  }
  // A boundary that a later run does not come to (a wake-up more or less) disturbs nothing.
  t.ok(kills > 0, `${kills} of ${chosen.length} kills came off`)
}

/** The target in words. */
export const nameOf = ({ verb, type, program }: Target): string => `${verb} of ${type}${program === undefined ? '' : `, its ${program}`}`

const prepare = async (owner: Owner, scenario: Scenario): Promise<{ scene: FaultScene; undisturbed: Undisturbed }> => {
  const scene = makeFaultScene(owner, scenario)
  return { scene, undisturbed: await observeUndisturbed(scene) }
}

const describe = ({ name, count, text }: Boundary): string => `${name} ${count} (${text.replaceAll(/[^ -~]|#/g, '?')})`
