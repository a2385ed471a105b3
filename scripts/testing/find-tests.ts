/** Which test files there are, and what each needs to run on. */
import { globSync } from 'node:fs'

/** `unit`: nothing but Node. `kernel`: root and any kernel. `ipvs`: root and a kernel with IPVS, dummy links and bridge VLAN filtering. */
export type Group = 'unit' | 'kernel' | 'ipvs'

const IGNORED = ['node_modules', 'dist', '.tap', '.git']

/** All test files below `folder`, as paths relative to it, sorted. `soak`: those that take minutes, `*.soak.ts`. */
export const findTests = (folder: string, kind: 'test' | 'soak' = 'test'): string[] =>
  globSync(`**/*.${kind}.ts`, { cwd: folder, exclude: IGNORED }).sort()

/** The group of a test file, by its folder. */
export const groupOf = (file: string): Group => {
  if (file.startsWith('test-netns/vm-only/')) return 'ipvs'
  // The virtual machine is tested from outside, and runs for everybody.
  if (!file.startsWith('test-netns/') || file.startsWith('test-netns/vm/')) return 'unit'
  return 'kernel'
}

/** The files that `wanted` names: themselves, or folders above them; all when nothing is named. @throws RangeError when a name matches no file */
export const selectTests = (files: readonly string[], wanted: readonly string[]): string[] => {
  if (wanted.length === 0) return [...files]
  const names = wanted.map((name) => name.replace(/^\.\//, '').replace(/\/$/, ''))
  const matches = (file: string, name: string): boolean => file === name || file.startsWith(`${name}/`)
  for (const name of names) if (!files.some((file) => matches(file, name))) throw new RangeError(`no test file at ${name}`)
  return files.filter((file) => names.some((name) => matches(file, name)))
}
