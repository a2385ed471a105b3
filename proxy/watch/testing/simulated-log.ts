/** A log for unit tests: it keeps what it is told. */
import type { WatchLog } from '../log.ts'

export interface SimulatedLog extends WatchLog {
  /** `level: message`, in order. */
  readonly lines: string[]
}

export const simulatedLog = (): SimulatedLog => {
  const lines: string[] = []
  const keep = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`)
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') }
}
