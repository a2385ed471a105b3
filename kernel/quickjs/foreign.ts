/** libc is part of the executable (runtime.c). */
import type { Native } from './native.ts'

declare const native: Native

export const { syscall: call, errno, addressOf, posixSpawn } = native
