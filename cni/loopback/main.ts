/** The loopback plugin on the real kernel. */
import { openNamespace } from '#kernel/namespace.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import type { Plugin } from '../protocol/plugin.ts'
import { createLoopback } from './plugin.ts'

export const plugin: Plugin = createLoopback({ openNamespace, openRtnetlink })
