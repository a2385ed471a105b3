/** The bridge plugin on the real kernel. */
import { openNamespace, openOwnNamespace } from '#kernel/namespace.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import type { Plugin } from '../protocol/plugin.ts'
import { createBridge } from './plugin.ts'

const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
const sleep = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

export const plugin: Plugin = createBridge({ openNamespace, openOwnNamespace, openRtnetlink, openSysctls, randomBytes, sleep })
