/** Calls of libc by address and number. package.json's `#foreign` picks who makes them: Bun (bun-fs/foreign.ts) or QuickJS (quickjs/foreign.ts). */

/** A pointer: an address, or a view whose memory the kernel reads or fills; an integer where the call takes one. */
export type Word = number | NodeJS.ArrayBufferView | null

export interface Foreign {
  /**
   * syscall(2): a number of `SYS`, and that system call's own parameters. -1 when it failed, see `errno`. The first
   * parameter is a number: no call is used here that takes a pointer there.
   */
  call(number: number, first: number, second?: Word, third?: Word, fourth?: Word, fifth?: Word, sixth?: Word): number
  /** Why the last call failed. */
  errno(): number
  /** Where a view's memory is: the kernel reads it there as long as the view is held. */
  addressOf(view: NodeJS.ArrayBufferView): number
  /** posix_spawn(3). @param id filled with the child's @returns zero, or why there is none */
  posixSpawn(id: Int32Array, path: Word, actions: null, attributes: Word, parameters: Word, environment: Word): number
}
