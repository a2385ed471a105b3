/** `selvedge proxy` on every node, with the manifest's arguments as they stand, and what follows from them. */
import process from 'node:process'
import { untilProxyReady } from '../../test-netns/proxy/until-ready.ts'
import type { Owner } from '../../test-netns/rig/owner.ts'
import { type RunningProcess, startProcess } from '../../test-netns/rig/process.ts'
import { until } from '../../test-netns/rig/until.ts'
import { ipvsRules } from '../../test-netns/rig/witness-ipvs.ts'
import { COMMAND, type DemoNode } from './nodes.ts'
import { check, say } from './screen.ts'

/** Seconds; two proxies start at once in an emulated machine. */
const START_TIMEOUT = 90
const CHANGE_TIMEOUT = 20

/** Milliseconds between two looks: a look costs an emulated machine half a second, which those who are waited for lack. */
const PAUSE = 1500

export const startProxies = async (owner: Owner, nodes: readonly DemoNode[], args: readonly string[]): Promise<RunningProcess[]> => {
  say(`selvedge proxy ${args.join(' ')}`)
  return Promise.all(
    nodes.map(async ({ name, namespace, machine }) => {
      const words = machine.command(process.execPath, COMMAND, 'proxy', ...args)
      const proxy = await startProcess(owner, words, { ready: /started/, timeout: START_TIMEOUT, environment: { NODE_NAME: name } })
      await untilProxyReady({ name, namespace }, proxy, { seconds: START_TIMEOUT, pause: PAUSE })
      say(`ok  ${name}: /readyz says OK`)
      return proxy
    }),
  )
}

/** Waits until a node's virtual server has this scheduler and that many destinations, as ipvsadm shows it. */
export const untilServed = async (
  { namespace, name }: DemoNode,
  asked: { server: string; scheduler: string; pods: number },
): Promise<void> => {
  const { server, scheduler, pods } = asked
  const served = (): boolean => {
    const rules = ipvsRules(namespace)
    // Flags of the scheduler (`-b sh-fallback`) may follow.
    const served = rules.some((rule) => `${rule} `.startsWith(`-A -t ${server} -s ${scheduler} `))
    return served && rules.filter((rule) => rule.startsWith(`-a -t ${server} `)).length === pods
  }
  const what = `${name}: ${server} with ${scheduler} and ${pods} pods`
  await until(what, served, () => ipvsRules(namespace), { seconds: CHANGE_TIMEOUT, pause: PAUSE })
}

/** Stops the proxies; the Services must go on. */
export const stopProxies = async (nodes: readonly DemoNode[], proxies: readonly RunningProcess[]): Promise<void> => {
  for (const [index, proxy] of proxies.entries()) {
    const status = await proxy.stop('SIGTERM')
    check(`${nodes[index]?.name}: SIGTERM ends the proxy with status 0`, status === 0, String(status))
  }
}
