/**
 * Keeps one resource in view for as long as the process lives: list, watch, and after any failure whatever is needed to go on
 * without missing anything. It does what client-go's reflector does.
 *
 * One loop, one request in flight: an attempt is over, and its connection gone, before the next one begins, so that nothing of an
 * old one can arrive late. `generation` counts the attempts.
 */
import type { Api } from './api.ts'
import { between, type Clock, pause } from './clock.ts'
import { Failure, type Reason } from './failure.ts'
import { Intake, type IntakeOptions } from './intake.ts'
import type { WatchMessage } from './messages.ts'
import { listPages } from './pages.ts'
import { RecoveryPlanner } from './recovery.ts'
import type { WatchStatus } from './status.ts'
import type { Timing } from './timing.ts'
import { Troubles } from './troubles.ts'
import { watchMessages } from './watch-messages.ts'
import { startWatchdog } from './watchdog.ts'

export interface ListWatchOptions extends IntakeOptions {
  readonly api: Api
  readonly clock: Clock
  readonly timing: Timing
  /** Called once, after the first complete list and its events. */
  readonly onListed: () => void
}

export class ListWatch {
  readonly #options: ListWatchOptions
  readonly #intake: Intake
  readonly #planner: RecoveryPlanner
  readonly #troubles: Troubles
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  /** The version that everything up to has been taken in; undefined: list first. */
  #version: string | undefined
  #streaming = true
  #answeredAt: number | undefined
  #lastEventAt: number | undefined
  #turnAt = 0
  #generation = 0
  #lists = 0
  readonly #restarts: Partial<Record<Reason, number>> = {}

  constructor(options: ListWatchOptions) {
    this.#options = options
    this.#intake = new Intake(options)
    this.#planner = new RecoveryPlanner(options.clock, options.timing)
    this.#troubles = new Troubles(options.log, options.resource.name)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the last connection is gone; no event comes afterwards. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Failure('ended', 'stopped'))
    await this.#running
  }

  get status(): WatchStatus {
    const { resource, clock } = this.#options
    return {
      resource: resource.name,
      listed: this.#lists > 0,
      watching: this.#answeredAt !== undefined,
      lastEventAge: this.#lastEventAt === undefined ? undefined : clock.now() - this.#lastEventAt,
      generation: this.#generation,
      restarts: { ...this.#restarts },
      relists: Math.max(0, this.#lists - 1),
      trouble: this.#troubles.current,
      ...this.#intake.counts,
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const failure = await this.#attempt()
      if (!this.#stopping.signal.aborted) await this.#recover(failure)
    }
  }

  /** Lists if need be and watches, until that ends: never rejects. */
  async #attempt(): Promise<Failure> {
    const { clock, timing } = this.#options
    const connection = new AbortController()
    const signal = AbortSignal.any([this.#stopping.signal, connection.signal])
    const longest = between(clock, ...timing.silence)
    const silence = (): number => (this.#awaitsInitialEvents ? Math.min(timing.listSilence, longest) : longest)
    const watchdog = startWatchdog(clock, silence, () => connection.abort(new Failure('silent', `nothing came for ${silence()} ms`)))
    this.#generation += 1
    this.#answeredAt = undefined
    try {
      if (this.#version === undefined && !this.#streaming) await this.#list(signal, watchdog.touch)
      await this.#watch(signal, watchdog.touch)
      return new Failure('ended', 'the server closed the watch')
    } catch (error) {
      const cause = signal.aborted ? signal.reason : error
      return cause instanceof Failure ? cause : new Failure('internal', String(cause), { cause })
    } finally {
      watchdog.stop()
      connection.abort()
      // What was taken in counts, even when the next line was not.
      this.#intake.flush()
    }
  }

  /** Whether this attempt is, or begins with, a streaming list that is not complete. */
  get #awaitsInitialEvents(): boolean {
    return this.#streaming && this.#version === undefined
  }

  async #list(signal: AbortSignal, onBytes: () => void): Promise<void> {
    const { api, resource } = this.#options
    let version = ''
    this.#intake.beginList()
    for await (const page of listPages(api, { resource, signal, onBytes, onAnswer: () => this.#planner.answered() })) {
      for (const object of page.items) {
        this.#intake.present(object)
        await this.#rest()
      }
      version = page.version
    }
    this.#completeList(version)
  }

  async #watch(signal: AbortSignal, onBytes: () => void): Promise<void> {
    const { api, resource, clock, timing } = this.#options
    const onAnswer = (): void => {
      this.#answeredAt = clock.now()
      this.#planner.answered()
    }
    if (this.#version === undefined) this.#intake.beginList()
    const request = { resource, version: this.#version, seconds: between(clock, ...timing.watchSeconds), signal, onAnswer }
    for await (const messages of watchMessages(api, request)) {
      onBytes()
      for (const message of messages) this.#take(message)
      this.#intake.flush()
      await this.#rest()
    }
  }

  #take(message: WatchMessage): void {
    if (message.type === 'failure') throw message.failure
    this.#troubles.over()
    this.#lastEventAt = this.#options.clock.now()
    if (message.type === 'present') this.#intake.present(message.object)
    else if (message.type === 'gone') this.#intake.gone(message.object)
    else if (message.listed && this.#version === undefined) this.#completeList(message.version)
    // Within a streaming list no version is complete but the last.
    if (this.#version !== undefined && message.version !== '') this.#version = message.version
  }

  #completeList(version: string): void {
    if (version === '') throw new Failure('garbage', 'a list has no resourceVersion')
    this.#troubles.over()
    this.#intake.endList()
    this.#intake.flush()
    this.#version = version
    this.#lastEventAt = this.#options.clock.now()
    this.#lists += 1
    if (this.#lists === 1) this.#options.onListed()
  }

  /** Lets others use the event loop when handling has taken long. */
  async #rest(): Promise<void> {
    const { clock, timing } = this.#options
    if (clock.now() - this.#turnAt < timing.slice) return
    this.#intake.flush()
    await clock.turn()
    this.#turnAt = clock.now()
  }

  async #recover(failure: Failure): Promise<void> {
    const { api, clock } = this.#options
    const lived = this.#answeredAt === undefined ? 0 : clock.now() - this.#answeredAt
    const plan = this.#planner.plan(failure, { lived, streamingList: this.#awaitsInitialEvents })
    this.#answeredAt = undefined
    this.#restarts[failure.reason] = (this.#restarts[failure.reason] ?? 0) + 1
    if (plan.listInPages) this.#streaming = false
    if (plan.relist) this.#version = undefined
    if (plan.reload) api.reload()
    this.#troubles.failed({ failure, now: clock.now(), delay: plan.delay, relist: this.#version === undefined })
    await pause(clock, plan.delay, this.#stopping.signal)
  }
}
