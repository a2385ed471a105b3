/** Lease folders on disks that are full or read-only, each in a mount namespace of its own. */
import { join } from 'node:path'
import t from 'tap'
import type { Owner } from '../../rig/owner.ts'
import { startProcess } from '../../rig/process.ts'
import { requires } from '../../rig/requires.ts'
import { run } from '../../rig/run.ts'
import { buildExecutables } from '../plugin.ts'
import { type LeaseScene, makeLeaseScene } from './leases.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'unshare')

interface Disk {
  /** The words before a command line that sees the disk. */
  readonly under: readonly string[]
  exec(...words: readonly [string, ...string[]]): string
}

/** Puts a small disk of its own over the lease folder, for those who ask by `under`. */
const mountDisk = async (owner: Owner, scene: LeaseScene, options: string): Promise<Disk> => {
  const script = `mount -t tmpfs -o ${options} tmpfs "$0" && mkdir "$0/net" && echo ready && exec sleep 1000`
  const { pid } = await startProcess(owner, ['unshare', '--mount', 'sh', '-c', script, join(scene.folder, 'leases')], { ready: /ready/ })
  const under = ['nsenter', `--mount=/proc/${pid}/ns/mnt`]
  return { under, exec: (...words) => run('nsenter', ...under.slice(1), ...words) }
}

const names = (disk: Disk, scene: LeaseScene): string[] => disk.exec('ls', scene.leases).split('\n').filter(Boolean)

const isLease = (name: string): boolean => name.startsWith('10.')

/** Fills what is left of a disk with bytes, or with empty files. */
const FILL = {
  bytes: ['size=64k', 'dd if=/dev/zero of="$0/filler" bs=1k count=1000 2>/dev/null; true'],
  files: ['nr_inodes=12', 'i=0; while touch "$0/filler$i"; do i=$((i+1)); done 2>/dev/null; true'],
} as const

t.test('on a full disk ADD fails and leaves nothing, DEL works, and room makes ADD work again', NEEDS, async (t) => {
  for (const [what, [size, filling]] of Object.entries(FILL)) {
    const scene = makeLeaseScene(t)
    const disk = await mountDisk(t, scene, size)
    const { under } = disk
    t.equal((await scene.call('ADD', 'one', { under })).exitCode, 0)
    disk.exec('sh', '-c', filling, join(scene.folder, 'leases'))
    const before = names(disk, scene)
    const { exitCode, result } = await scene.call('ADD', 'two', { under })
    t.match({ exitCode, result }, { exitCode: 1, result: { code: 999, msg: /no space left on device/ } }, `no room for ${what}`)
    t.strictSame(names(disk, scene), before, 'nothing is left of it')
    t.match(await scene.call('DEL', 'two', { under }), { exitCode: 0, stdout: '' })
    t.match(await scene.call('DEL', 'one', { under }), { exitCode: 0, stdout: '' })
    t.strictSame(names(disk, scene).filter(isLease), [])
    disk.exec('sh', '-c', 'rm "$0"/filler*', join(scene.folder, 'leases'))
    t.equal((await scene.call('ADD', 'two', { under })).exitCode, 0)
  }
})

t.test('on a read-only disk ADD and DEL say so, and DEL frees the lease once it can', NEEDS, async (t) => {
  const scene = makeLeaseScene(t)
  const disk = await mountDisk(t, scene, 'size=64k')
  const { under } = disk
  t.equal((await scene.call('ADD', 'one', { under })).exitCode, 0)
  const before = names(disk, scene)
  disk.exec('mount', '-o', 'remount,ro', join(scene.folder, 'leases'))
  for (const [verb, containerId] of [
    ['ADD', 'two'],
    ['DEL', 'one'],
  ] as const) {
    const { exitCode, result } = await scene.call(verb, containerId, { under })
    t.match({ exitCode, result }, { exitCode: 1, result: { code: 999, msg: /read-only file system/ } }, `${verb} ${containerId}`)
  }
  t.strictSame(names(disk, scene), before)
  disk.exec('mount', '-o', 'remount,rw', join(scene.folder, 'leases'))
  t.equal((await scene.call('DEL', 'one', { under })).exitCode, 0)
  t.strictSame(names(disk, scene).filter(isLease), [])
})
