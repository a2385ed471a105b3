/** A fuzz of the real executables, on a real kernel: requests and lease folders by chance. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { makeNamespace } from '../../../rig/namespace.ts'
import { defer, type Owner } from '../../../rig/owner.ts'
import { startProcess } from '../../../rig/process.ts'
import { BIN } from '../../plugin.ts'
import type { Random } from '../random.ts'
import type { Points } from '../sweep.ts'
import { spoilFolder } from './folders.ts'
import { complaintAbout, describe, type FuzzOutcome } from './judge.ts'
import { type FuzzPlace, type FuzzRequest, makeRequest } from './requests.ts'

/** Seconds after which a call hangs. The longest legal wait is for IPv6 addresses and the bridge's port. */
const PATIENCE = 20

interface FuzzScene {
  readonly place: FuzzPlace
  /** A folder that the lease folder is in. */
  readonly folder: string
  run(request: FuzzRequest): Promise<FuzzOutcome>
}

/**
 * All of the file system is read-only to the calls but the folder: whoever writes elsewhere is told so, and that shows. /run has locks of
 * iptables, and what is written in /proc/sys is the namespace's own.
 */
const READ_ONLY =
  'mount --bind "$0" "$0" && mount -t tmpfs tmpfs /var/lib && mount -o remount,bind,ro / && cd "$0" && echo ready && exec sleep 100000'

const makeScene = async (owner: Owner): Promise<FuzzScene> => {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  const host = makeNamespace(owner, 'host')
  const pod = makeNamespace(owner, 'pod')
  const { pid } = await startProcess(owner, ['unshare', '--mount', 'sh', '-c', READ_ONLY, folder], { ready: /ready/ })
  const under = [`--mount=/proc/${pid}/ns/mnt`, `--net=${host.path}`]
  const run = async ({ plugin, env, stdin }: FuzzRequest): Promise<FuzzOutcome> => {
    const options = {
      env: { PATH: process.env.PATH ?? '', ...env },
      extendEnv: false,
      input: stdin,
      reject: false,
      stripFinalNewline: false,
    } as const
    const { exitCode, signal, stdout, stderr } = await execa(
      'nsenter',
      [...under, 'timeout', '--signal=KILL', String(PATIENCE), join(BIN, plugin)],
      options,
    )
    return { exitCode: signal === undefined ? (exitCode ?? null) : null, stdout, stderr }
  }
  return { place: { netns: pod.path, path: BIN, dataDir: join(folder, 'leases') }, folder, run }
}

/** Calls one after the other until `isOver`; what is wrong becomes a failed test point. */
export const fuzzExecutables = async (t: Points, random: Random, isOver: () => boolean): Promise<void> => {
  const { place, folder, run } = await makeScene(t)
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'untouched')
  let calls = 0
  for (; !isOver(); calls++) {
    if (calls % 10 === 0) {
      rmSync(place.dataDir, { recursive: true, force: true })
      mkdirSync(join(place.dataDir, 'fuzz'), { recursive: true })
      spoilFolder(random, join(place.dataDir, 'fuzz'), secret)
    }
    const request = makeRequest(random, place)
    const outcome = await run(request)
    const complaint =
      complaintAbout(request.env.CNI_COMMAND, outcome) ??
      strayWrite(place, request, outcome) ??
      (readFileSync(secret, 'utf8') === 'untouched' ? undefined : 'it wrote into a file outside')
    if (complaint === undefined) continue
    t.strictSame(complaint, undefined, `call ${calls}`)
    t.comment(describe(request, outcome))
  }
  t.ok(calls > 0, `${calls} calls answered as they should`)
}

/** Who names another lease folder may be sent there. */
const strayWrite = ({ dataDir }: FuzzPlace, { stdin }: FuzzRequest, { stdout }: FuzzOutcome): string | undefined => {
  const isHome = Buffer.from(stdin).includes(`"dataDir":${JSON.stringify(dataDir)}`)
  return isHome && stdout.includes('read-only file system') ? 'it tried to write outside of its folder' : undefined
}
