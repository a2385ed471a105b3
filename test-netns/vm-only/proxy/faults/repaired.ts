/** Everything of ours is taken away by others, kind by kind: it is back within the time that is promised, and what they have stays. */
import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import { ask } from '../../../rig/ask.ts'
import { ipvsRules } from '../../../rig/witness-ipvs.ts'
import { type FaultScene, STEADY, STRANGERS_RULES, SYNC_SECONDS } from './scene.ts'

/** Our table is watched; all else is looked at once in a sync period. */
const TABLE_SECONDS = 2
/** The repair starts programs, as a look at the kernel does: room for so many looks, which an emulated processor takes seconds for. */
const LOOKS = 10

export const repaired = async (t: Test, scene: FaultScene): Promise<void> => {
  const { namespace } = scene.node
  const read = (...words: [string, ...string[]]): string => namespace.attempt(...words).stdout
  const rules = (): string => JSON.stringify(ipvsRules(namespace))
  const routes = (): string => read('ip', 'route', 'show', 'table', 'local', 'proto', '83')
  const table = (): string => read('nft', 'list', 'table', 'inet', 'selvedge').replaceAll(/ # handle \d+| expires \w+/g, '')
  const conntrack = (): string => read('sysctl', '-n', 'net.ipv4.vs.conntrack')

  const kinds = { rules, routes, table, conntrack }
  const before = { routes: routes(), table: table(), conntrack: conntrack() }
  const room = LOOKS * secondsOf(table)
  const ours = JSON.stringify(ipvsRules(namespace).filter((line) => !STRANGERS_RULES.includes(line)))

  const backWithin = async (seconds: number, expected: Record<string, string>): Promise<void> => {
    const begun = performance.now()
    const waiting = new Map(Object.entries(expected))
    while (waiting.size > 0 && performance.now() - begun < 60_000) {
      for (const [kind, look] of Object.entries(kinds)) {
        if (!waiting.has(kind) || look() !== waiting.get(kind)) continue
        waiting.delete(kind)
        const took = (performance.now() - begun) / 1000
        t.ok(took <= seconds + room, `${kind} back after ${took.toFixed(1)} s of ${seconds} and ${room.toFixed(1)}`, {
          log: scene.proxy().output().slice(-2000),
        })
      }
      await after(100)
    }
    t.same([...waiting.keys()], [], 'all is back')
  }

  namespace.exec('ipvsadm', '-C')
  namespace.exec('ip', 'route', 'del', 'local', STEADY, 'dev', 'kube-dummy-if', 'table', 'local')
  namespace.exec('sysctl', '-w', 'net.ipv4.vs.conntrack=0')
  await backWithin(SYNC_SECONDS, { rules: ours, routes: before.routes, conntrack: before.conntrack })

  namespace.exec('nft', 'flush', 'ruleset')
  await backWithin(TABLE_SECONDS, { table: before.table })

  namespace.exec('ip', 'link', 'delete', 'kube-dummy-if')
  await backWithin(SYNC_SECONDS, { routes: before.routes })
  t.type(ask(scene.cluster.client, `http://${STEADY}/`), 'object', 'and it answers')
}

const secondsOf = (action: () => void): number => {
  const begun = performance.now()
  action()
  return (performance.now() - begun) / 1000
}
