/** A log for unit tests: it keeps what it is told. */
import type { WatchLog } from '../log.ts'

export interface SimulatedLog extends WatchLog {
  /** `level: message`, in order. */
  readonly lines: string[]
  /** Of each line. */
  readonly fields: object[]
}

export const simulatedLog = (): SimulatedLog => {
  const lines: string[] = []
  const fields: object[] = []
  const keep = (level: string) => (said: object, message: string) => {
    lines.push(`${level}: ${message}`)
    fields.push(said)
  }
  return { lines, fields, info: keep('info'), warn: keep('warn'), error: keep('error') }
}
