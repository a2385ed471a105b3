/** One host and one pod for all versions of a case: after each the bridge is removed, and in the end nothing may be left. */
import type { Test } from 'tap'
import type { NetNamespace } from '../../rig/namespace.ts'
import { requires } from '../../rig/requires.ts'
import { link, links, type WitnessLink } from '../../rig/witness-ip.ts'
import { BRIDGE, type BridgeScene, makeBridgeScene, type PrintedResult, resultOf } from '../bridge-scene.ts'

export const EVERY_VERSION = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const
/** Those whose results list interfaces and any number of addresses. */
export const RICH_VERSIONS = EVERY_VERSION.filter((version) => version >= '0.3.0')

export const V4 = '10.1.2.0/24'
export const V6 = 'fd00:1:2::/64'
export const OTHER_V6 = 'fd00:1:3::/64'

export interface VersionScene extends BridgeScene {
  readonly cniVersion: (typeof EVERY_VERSION)[number]
  readonly pod: NetNamespace
}

interface Case {
  readonly title: string
  readonly versions?: readonly VersionScene['cniVersion'][]
  /** The pod is bare when it begins; what it leaves must be nothing but the bridge. */
  run(t: Test, scene: VersionScene): Promise<void>
}

/** Runs a case once per version: `perVersion(t, { title: '[bridge 14] …', run: async (t, scene) => … })`. */
export const perVersion = (t: Test, { title, versions = EVERY_VERSION, run }: Case): void => {
  t.test(title, requires('root', 'ip', 'nft'), async (t) => {
    const shared = makeBridgeScene(t)
    const pod = shared.makePod()
    const before = shared.everything(pod)
    for (const cniVersion of versions) {
      await t.test(`version ${cniVersion}`, async (t) => {
        await run(t, { ...shared, cniVersion, pod })
        shared.host.attempt('ip', 'link', 'delete', BRIDGE)
      })
    }
    t.strictSame(shared.everything(pod), before, 'nothing but the bridge was left')
  })
}

/** The bridge and its only port. @throws Error when there is not exactly one */
export const bridgeAndPort = ({ host }: BridgeScene): { readonly bridge: WitnessLink; readonly port: WitnessLink } => {
  const all = links(host)
  const bridge = all.find(({ ifname }) => ifname === BRIDGE)
  const ports = all.filter(({ master }) => master === BRIDGE)
  const [port] = ports
  if (bridge === undefined || port === undefined || ports.length > 1) throw new Error(`a bridge with ${ports.length} ports`)
  return { bridge, port }
}

/** The pod's eth0. @throws Error when there is none */
export const eth0 = (pod: NetNamespace): WitnessLink => {
  const found = link(pod, 'eth0')
  if (found === undefined) throw new Error('no eth0')
  return found
}

/** ADD of the scene's pod in its version, which must succeed. */
export const added = async (scene: VersionScene, fields: object): Promise<PrintedResult> =>
  resultOf(await scene.add(scene.pod, { cniVersion: scene.cniVersion, ...fields }))

/** DEL of the same, which must succeed and print nothing; with the newest version a second time. */
export const deleted = async (t: Test, scene: VersionScene, fields: object): Promise<void> => {
  for (const which of scene.cniVersion === '1.1.0' ? ['DEL', 'a second DEL'] : ['DEL']) {
    const { exitCode, stdout } = await scene.del(scene.pod, { cniVersion: scene.cniVersion, ...fields })
    t.strictSame([exitCode, stdout], [0, ''], which)
  }
}
