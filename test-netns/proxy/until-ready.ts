/** Waiting for `selvedge proxy` to say that it is ready. */
import type { NetNamespace } from '../rig/namespace.ts'
import type { RunningProcess } from '../rig/process.ts'
import { type Patience, until } from '../rig/until.ts'

export interface ProxyHost {
  readonly name: string
  readonly namespace: NetNamespace
}

/** Waits until the proxy of that host answers /readyz with 200. @throws WaitedInVainError with the proxy's output */
export const untilProxyReady = ({ name, namespace }: ProxyHost, proxy: RunningProcess, patience: Patience): Promise<void> =>
  until(
    `the proxy of ${name} is ready`,
    () => namespace.attempt('curl', '--silent', '--fail', 'http://127.0.0.1:20244/readyz').exitCode === 0,
    () => proxy.output(),
    patience,
  )
