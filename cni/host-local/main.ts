/** The host-local plugin on the real file system. */
import { bootTime } from '#kernel/boot-time.ts'
import { withFileLock } from '#kernel/file-lock.ts'
import type { Plugin } from '../protocol/plugin.ts'
import { withIndex } from './indexed-folder.ts'
import { openLeaseFolder } from './lease-folder.ts'
import { openLeaseIndex } from './lease-index.ts'
import { createHostLocal } from './plugin.ts'
import { readText } from './read-text.ts'

/** Gone after a restart of the machine. Nothing here is needed: see lease-index.ts. */
const INDEX_FOLDER = '/run/selvedge/host-local'

export const plugin: Plugin = createHostLocal({
  openLeases: (path) => withIndex(openLeaseFolder(path, { withFileLock, bootTime }), openLeaseIndex(path, INDEX_FOLDER)),
  readText,
})
