/** Tests run many files in one process (together.ts): which ones, and what is taken from its output. */

/** So few that all of a run's processes have some until the end. */
const SIZE = 30

/** Whether a file's tests touch nothing but this process: those that need a kernel, or change it, have a process of their own. */
const isLight = (file: string): boolean => !file.startsWith('test-netns/')

/** What a run on this machine does, in this order: files with a process of their own, then batches of the others. */
export const splitWork = (files: readonly string[]): string[][] => {
  const light = files.filter(isLight)
  const batches = Array.from({ length: Math.ceil(light.length / SIZE) }, (_, index) => light.slice(index * SIZE, (index + 1) * SIZE))
  return [...files.filter((file) => !isLight(file)).map((file) => [file]), ...batches]
}

/** Seconds of tests that share a process of the virtual machine, where starting one takes three: so few that its processors have work until the end. */
const MACHINE_SECONDS = 100

/** What a run in the virtual machine does, in this order; `secondsOf` tells how long a file takes there. Long ones have a process of their own. */
export const splitMachineWork = (files: readonly string[], secondsOf: (file: string) => number): string[][] => {
  const groups: string[][] = []
  let seconds = MACHINE_SECONDS
  for (const file of files) {
    if (seconds >= MACHINE_SECONDS) {
      groups.push([])
      seconds = 0
    }
    groups.at(-1)?.push(file)
    seconds += secondsOf(file)
  }
  return groups
}

/** All that a batch said of its files, numbered from `first`, without those that did not come to their end. */
export const allFramesOf = (output: string, first: number): string[] =>
  output
    .replace(/^1\.\.\d[\s\S]*/m, '')
    .split(/^(?=# Subtest: )/m)
    .filter((frame) => /^(not )?ok \d+ - /m.test(frame))
    .map((frame, index) => frame.replace(/^(not )?ok \d+/m, `$1ok ${first + index}`))

/**
 * One TAP subtest for each file of a batch, numbered from `first`. Undefined when anything is not plainly passed, or a file is missing: then
 * each runs alone, and its verdict is that one's.
 */
export const framesOf = (output: string, files: readonly string[], first: number): string[] | undefined => {
  const frames = output.split(/^(?=# Subtest: )/m).slice(1)
  if (frames.length !== files.length) return undefined
  const taken = files.map((file, index) => {
    const lines = (frames[index] ?? '').split('\n')
    const closing = lines.findIndex((line) => line.startsWith(`ok ${index + 1} - ${file} # time=`))
    if (lines[0] !== `# Subtest: ${file}` || closing < 0) return undefined
    const inside = lines.slice(1, closing)
    if (inside.some((line) => !/^( {4}|$)/.test(line)) || !inside.some((line) => /^ {4}ok /.test(line))) return undefined
    return [lines[0], ...inside, lines[closing]?.replace(/^ok \d+/, `ok ${first + index}`), ''].join('\n')
  })
  return taken.every((frame) => frame !== undefined) ? taken : undefined
}
