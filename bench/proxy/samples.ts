/** What is measured where the kernel is, and handed to whoever makes the table of it. Times in milliseconds. */

export interface Timed {
  readonly milliseconds: number
  /** User and system time of the process. */
  readonly cpuMilliseconds: number
  /** The longest time in which nobody else had a turn. */
  readonly longestTurn: number
}

/** One endpoint more. */
export interface Change {
  readonly milliseconds: number
  readonly messages: number
  readonly processes: number
}

export interface Audit extends Timed {
  readonly writes: number
}

/** What one process measured. */
export interface LoopSample {
  readonly services: number
  readonly cold: Timed
  readonly elsewhere: readonly Change[]
  readonly here: readonly Change[]
  readonly burst?: Timed
  readonly audits: readonly Audit[]
}

export interface RestoreSample {
  readonly services: number
  readonly restoreMilliseconds: number
}

/** The whole proxy. */
export interface ProcessSample {
  readonly services: number
  /** From its start until /readyz answers with 200. */
  readonly readyMilliseconds: number
  readonly residentBytes: number
  /** Of one core, 0 to 1. */
  readonly idleShare: number
  /** The slowest answer of /healthz while it started. */
  readonly slowestAnswer: number
  /** Processor time until it was ready. */
  readonly cpuMilliseconds: number
  /** From an object's change at the API server until ipvsadm shows it. */
  readonly changeMilliseconds: readonly number[]
}

/** The whole proxy on this kernel, but for IPVS, which is simulated. */
export interface HealthSample {
  readonly services: number
  readonly readyMilliseconds: number
  /** How long /healthz took each time, until it was ready. */
  readonly answers: readonly number[]
}

export type Sample =
  | { readonly loop: LoopSample }
  | { readonly restore: RestoreSample }
  | { readonly process: ProcessSample }
  | { readonly health: HealthSample }
