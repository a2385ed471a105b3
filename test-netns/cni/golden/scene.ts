/** Where one recorded case is replayed. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'
import { defer, makeOwner } from '../../rig/owner.ts'

export interface Scene {
  /** Names of the namespaces that play host and pod. */
  readonly host: string
  readonly pod: string
  /** The IPAM data folder, empty in the beginning. */
  readonly folder: string
}

/**
 * Runs `action` in two fresh namespaces, the host's lo up and the pod's down, and removes everything afterwards. The rig's makeNamespace
 * raises lo, and waits for each of its processes: here two cases run side by side.
 */
export const inScene = async <T>(action: (scene: Scene) => Promise<T>): Promise<T> => {
  const suffix = randomBytes(4).toString('hex')
  const scene = { host: `golden-h-${suffix}`, pod: `golden-p-${suffix}`, folder: mkdtempSync(join(tmpdir(), 'golden-')) }
  const owner = makeOwner()
  defer(owner, () => removeScene(scene))
  try {
    await execa('sh', ['-ec', PREPARE, 'prepare', scene.host, scene.pod])
    return await action(scene)
  } finally {
    owner.close()
  }
}

/** The machine of the recording forwarded, and its namespaces inherited that. */
const PREPARE = `ip netns add "$1"
ip netns add "$2"
ip -netns "$1" link set lo up
nsenter --net="/run/netns/$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'`

const removeScene = ({ host, pod, folder }: Scene): void => {
  execaSync('ip', ['-batch', '-'], { input: `netns delete ${host}\nnetns delete ${pod}\n`, reject: false })
  rmSync(folder, { recursive: true })
}
