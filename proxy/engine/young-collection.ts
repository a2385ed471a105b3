/** The JavaScript engine's own housekeeping, as far as the proxy has a say in it. */
import v8 from 'node:v8'
import vm from 'node:vm'

/**
 * V8 collects the whole heap and gives memory back when it believes its program to be idle: it looks a few seconds after the last full
 * collection, by its default after eight and then once again after the first; two and one are enough for what a load leaves.
 * @see V8's --help: memory reducer
 */
const FLAGS = ['--memory-reducer-delay-ms=2000', '--memory-reducer-gc-count=1']

/** A function that collects what was allocated lately: some milliseconds. V8 lets scripts do so only when it is told that they may. */
export const openYoungCollection = (): (() => void) => {
  for (const flag of FLAGS) v8.setFlagsFromString(flag)
  let collect: ((options: { readonly type: 'minor' }) => void) | undefined
  return () => {
    v8.setFlagsFromString('--expose-gc')
    collect ??= vm.runInNewContext('gc')
    collect?.({ type: 'minor' })
  }
}
