/** The recorded behaviour of the reference plugins: README.md says what it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One call, and what stood afterwards: everything observed has its own key. */
export interface Step {
  readonly verb: string
  readonly stdin: string
  readonly exit: number
  readonly stdout: string
  readonly [observed: string]: unknown
}

export interface RecordedCase {
  readonly name: string
  readonly plugin: string
  readonly env: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

/** The recording of this repository. */
export const RECORDING = join(import.meta.dirname, 'cni-plugins-1.9.json')

/** Reads a recording. What a step leaves out is as it was after the step before. */
export const readRecording = (file: string): RecordedCase[] => {
  const cases: readonly RecordedCase[] = JSON.parse(readFileSync(file, 'utf8'))
  return cases.map((recorded) => {
    let last: Step | undefined
    const complete = (step: Step): Step => {
      last = { ...last, ...step }
      return last
    }
    return { ...recorded, steps: recorded.steps.map(complete) }
  })
}
