/** One HTTP server at one address for the health checks of one Service; opened again and again until it is open or closed. */
import type { IpAddress } from '#net/address.ts'
import { ListenError, type Listener, type ListenSettings, type Route } from '../http/listen.ts'
import type { Scheduler } from '../services/contract.ts'

export interface HealthCheckPort {
  /** 'absent': this machine does not have the address, or not yet. */
  state(): 'opening' | 'open' | 'absent' | 'failed'
  close(): Promise<void>
}

export interface PortSettings {
  readonly address: IpAddress
  readonly port: number
  readonly route: Route
  readonly listen: (settings: ListenSettings) => Promise<Listener>
  readonly scheduler: Pick<Scheduler, 'after'>
  readonly onOpen: () => void
  /** It cannot be opened, and why; told again only when the reason changes. It is tried again. */
  readonly onFailed: (reason: string) => void
}

const RETRY_FIRST = 1_000
const RETRY_MOST = 30_000

/** Begins to listen; never throws. */
export const openHealthCheckPort = ({ address, port, route, listen, scheduler, onOpen, onFailed }: PortSettings): HealthCheckPort => {
  let state: ReturnType<HealthCheckPort['state']> = 'opening'
  let listener: Listener | undefined
  let closed = false
  let delay = RETRY_FIRST
  let told: string | undefined
  let cancelRetry = (): void => {}

  const attempt = async (): Promise<void> => {
    try {
      const opened = await listen({ address, port, routes: route })
      if (closed) return await opened.close()
      listener = opened
      state = 'open'
      onOpen()
    } catch (error) {
      if (!closed) fail(error)
    }
  }
  const fail = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error)
    // A cloud's external address is on no link of the node; that of an interface that comes up late will be.
    state = error instanceof ListenError && error.code === 'EADDRNOTAVAIL' ? 'absent' : 'failed'
    if (state === 'failed' && reason !== told) onFailed(reason)
    told = state === 'failed' ? reason : undefined
    cancelRetry = scheduler.after(delay, () => void attempt())
    delay = Math.min(2 * delay, RETRY_MOST)
  }
  void attempt()

  return {
    state: () => state,
    close: async () => {
      closed = true
      cancelRetry()
      await listener?.close()
    },
  }
}
