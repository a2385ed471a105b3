/** Killing one verb of one plugin at chosen system calls, and looking whether DEL, and a fresh ADD, get over it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Boundary, killing, readBoundaries, recording } from './boundaries.ts'
import type { ChainOutcome, Disturbance, FaultScene } from './scene.ts'
import { wrapping } from './wrapper.ts'

export interface Target {
  readonly verb: 'ADD' | 'DEL'
  /** Which plugin of the chain. */
  readonly type: string
  /** A program of the system that the plugin starts, to be killed in its stead. */
  readonly program?: string
}

/** What a scene looks like when nobody disturbs it. */
export interface Undisturbed {
  /** After ADD. */
  readonly attached: readonly string[]
  /** After ADD and DEL: what is shared stays. */
  readonly detached: readonly string[]
}

/** An ADD and a DEL without disturbance. @throws Error when one fails */
export const observeUndisturbed = async (scene: FaultScene): Promise<Undisturbed> => {
  succeed('ADD', await scene.add())
  const attached = scene.state()
  succeed('DEL', await scene.del())
  return { attached, detached: scene.state() }
}

/** The system calls of a verb; the scene is detached before and after. @throws Error when an ADD or a DEL fails */
export const recordBoundaries = async (scene: FaultScene, { verb, type, program }: Target): Promise<Boundary[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  try {
    const file = join(folder, 'calls')
    const disturbance = { type, under: aimed(scene, program, recording(file)) }
    succeed('ADD', await scene.add({ disturbance: verb === 'ADD' ? disturbance : undefined }))
    succeed('DEL', await scene.del({ disturbance: verb === 'DEL' ? disturbance : undefined }))
    return readBoundaries(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const succeed = (verb: string, { exitCode, stdout }: ChainOutcome): void => {
  if (exitCode !== 0) throw new Error(`${verb} ended with ${exitCode}: ${stdout}`)
}

/** GC comes when the pod is gone: its devices are, and no attachment is valid. */
export type Cleanup = 'DEL' | 'GC'

export interface Trial extends Target {
  readonly boundary: Boundary
  readonly cleanup: Cleanup
  readonly undisturbed: Undisturbed
}

/** Kills at the boundary. Returns whether it came to that, and what was not as it has to be afterwards. */
export const killAt = async (
  scene: FaultScene,
  { verb, type, program, boundary, cleanup, undisturbed }: Trial,
): Promise<{ readonly killed: boolean; readonly problems: string[] }> => {
  const disturbance: Disturbance = { type, under: aimed(scene, program, killing(boundary)) }
  const problems: string[] = []
  const check = (what: string, { exitCode, stdout }: ChainOutcome): void => {
    if (exitCode !== 0) problems.push(`${what} ended with ${exitCode}: ${stdout}`)
  }
  if (verb === 'DEL') check('ADD', await scene.add())
  const outcome = await (verb === 'ADD' ? scene.add({ disturbance }) : scene.del({ disturbance }))
  const killed = program === undefined ? outcome.exitCode === undefined : hasToldOf(outcome)
  if (!killed && outcome.exitCode !== 0) problems.push(`${verb} ended with ${outcome.exitCode} instead of being killed: ${outcome.stdout}`)
  if (cleanup === 'GC') scene.removeInterface()
  check(cleanup, await (cleanup === 'DEL' ? scene.del() : scene.gc([])))
  problems.push(...surplus(scene.state(), undisturbed.detached).map((line) => `left after ${cleanup}: ${line}`))
  check('a fresh ADD', await scene.add())
  problems.push(...differences(scene.state(), undisturbed.attached))
  check('the last DEL', await scene.del())
  problems.push(...surplus(scene.state(), undisturbed.detached).map((line) => `left in the end: ${line}`))
  return { killed, problems }
}

const aimed = ({ owner }: FaultScene, program: string | undefined, words: string[]): string[] =>
  program === undefined ? words : wrapping(owner, program)(words)

/** A plugin whose helper was killed lives to say so. */
const hasToldOf = ({ exitCode, result }: ChainOutcome): boolean =>
  exitCode === 1 && typeof result === 'object' && result !== null && 'msg' in result && /killed by SIGKILL/.test(String(result.msg))

/** The lines of `found` that are not, or not as often, in `allowed`. */
export const surplus = (found: readonly string[], allowed: readonly string[]): string[] => {
  const rest = [...allowed]
  return found.filter((line) => {
    const position = rest.indexOf(line)
    if (position >= 0) rest.splice(position, 1)
    return position < 0
  })
}

const differences = (found: readonly string[], wanted: readonly string[]): string[] => [
  ...surplus(found, wanted).map((line) => `more than after an undisturbed ADD: ${line}`),
  ...surplus(wanted, found).map((line) => `less than after an undisturbed ADD: ${line}`),
]
