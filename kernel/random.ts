/** The kernel's random bytes, which nobody can guess. Those of Web Cryptography take a CNI call a tenth of a millisecond to set up. */
import { libc } from '#libc'
import { orThrow } from './errno.ts'

/** @param length at most 256 @throws KernelError */
export const randomBytes = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  orThrow('getrandom', libc.getrandom(bytes))
  return bytes
}
