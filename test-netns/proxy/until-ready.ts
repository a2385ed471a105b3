/** Waiting for `selvedge proxy` to say that it is ready. */
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import { fetchPage } from '../rig/agent-pages.ts'
import type { NetNamespace } from '../rig/namespace.ts'
import type { RunningProcess } from '../rig/process.ts'
import { type Patience, until } from '../rig/until.ts'

export interface ProxyHost {
  readonly name: string
  readonly namespace: NetNamespace
}

/** Milliseconds between two looks at least: an emulated proxy that answers all the time does not come to anything else. */
const PAUSE = 300

/** Waits until the proxy of that host answers /readyz with 200. @throws WaitedInVainError with the proxy's output */
export const untilProxyReady = async (
  { name, namespace: { path } }: ProxyHost,
  proxy: Pick<RunningProcess, 'output'>,
  patience: Patience,
): Promise<void> => {
  const namespace = openNamespace(path)
  const isReady = async (): Promise<boolean> => {
    const page = await fetchPage('http://127.0.0.1:20244/readyz', (action) => inNamespace(namespace, action)).catch(() => undefined)
    return page?.status === 200
  }
  const rarely = { ...patience, pause: Math.max(PAUSE, patience.pause ?? 0) }
  try {
    await until(`the proxy of ${name} is ready`, isReady, () => proxy.output(), rarely)
  } finally {
    namespace.close()
  }
}
