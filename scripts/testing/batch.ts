/** Unit tests run many in one process (together.ts): which ones, and what is taken from its output. */

/** So few that all of a run's processes have some until the end. */
const SIZE = 30

/** Whether a file's tests touch nothing but this process: those that need a kernel, or change it, have a process of their own. */
const isLight = (file: string): boolean => !file.startsWith('test-netns/')

/** What a run does, in this order: files with a process of their own, then batches of the others. */
export const splitWork = (files: readonly string[]): string[][] => {
  const light = files.filter(isLight)
  const batches = Array.from({ length: Math.ceil(light.length / SIZE) }, (_, index) => light.slice(index * SIZE, (index + 1) * SIZE))
  return [...files.filter((file) => !isLight(file)).map((file) => [file]), ...batches]
}

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
