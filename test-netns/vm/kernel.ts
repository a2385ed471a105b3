/** The test kernel in the cache folder, as scripts/setup.sh makes it. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface TestKernel {
  /** e.g. `6.1.0-56-amd64` */
  readonly version: string
  /** The uncompressed kernel: unpacking it costs an emulated machine 6 s. */
  readonly image: string
  readonly initramfs: string
  /** Folder with the modules and their indexes, for /lib/modules/VERSION. */
  readonly modules: string
}

const PREFIX = 'kernel-'

/** The newest kernel in the cache folder. @throws Error when there is none, or its initramfs is of another version of our scripts */
export const findTestKernel = (environment: Readonly<Record<string, string | undefined>>): TestKernel => {
  const cache = cacheFolder(environment)
  const names = existsSync(cache)
    ? readdirSync(cache).filter((name) => name.startsWith(PREFIX) && existsSync(join(cache, name, 'vmlinux')))
    : []
  const newest = names.sort(new Intl.Collator('en', { numeric: true }).compare).at(-1)
  if (newest === undefined) throw new Error(`no test kernel in ${cache}: run scripts/setup.sh`)
  const folder = join(cache, newest)
  const version = newest.slice(PREFIX.length)
  const initramfs = join(folder, `initramfs-${scriptsHash()}`)
  if (!existsSync(initramfs)) throw new Error(`${initramfs} is missing: run scripts/setup.sh`)
  return { version, image: join(folder, 'vmlinux'), initramfs, modules: join(folder, 'lib/modules', version) }
}

/** Where everything fetched for tests is kept between clones. */
const cacheFolder = ({ XDG_CACHE_HOME }: Readonly<Record<string, string | undefined>>): string =>
  join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'selvedge')

/** Names the initramfs after what is in it, so that clones of different versions can share a cache. */
const scriptsHash = (): string => {
  const hash = createHash('sha256')
  for (const name of ['init.sh', 'guest.sh']) hash.update(readFileSync(join(import.meta.dirname, name)))
  return hash.digest('hex').slice(0, 16)
}
