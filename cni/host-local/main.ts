/** The host-local plugin on the real file system. */
import { withFileLock } from '#kernel/file-lock.ts'
import type { Plugin } from '../protocol/plugin.ts'
import { openLeaseFolder, readText } from './lease-folder.ts'
import { createHostLocal } from './plugin.ts'

export const plugin: Plugin = createHostLocal({ openLeases: (path) => openLeaseFolder(path, withFileLock), readText })
