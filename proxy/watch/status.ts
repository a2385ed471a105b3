import type { Reason } from './failure.ts'

/** What can be seen of a watcher from outside. */
export interface WatchStatus {
  readonly resource: string
  /** Whether everything that exists has been listed once. */
  readonly listed: boolean
  /** Whether the server is serving a watch right now. */
  readonly watching: boolean
  /** Objects that the proxy has something to do for. */
  readonly objects: number
  /** Milliseconds since the last message, bookmarks included; undefined before the first. */
  readonly lastEventAge: number | undefined
  /** Attempts begun. */
  readonly generation: number
  /** Why attempts ended, and how often. */
  readonly restarts: Readonly<Partial<Record<Reason, number>>>
  /** Complete lists after the first. */
  readonly relists: number
  /** Objects that exist, cannot be read, and of which nothing is known: what the kernel has of them must stay. */
  readonly unknown: number
  /** Objects that could not be used, counted each time they came. */
  readonly rejected: number
  readonly handlerErrors: number
  /** Why the server is not heard at the moment, as the log has it; undefined when it is. */
  readonly trouble: string | undefined
}
