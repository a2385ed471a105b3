/** One test file's output as a subtest of a larger run, in TAP 14. @see https://testanything.org/tap-version-14-specification.html */

/** How a test file ended. */
export interface FileRun {
  readonly file: string
  readonly output: string
  /** Exit status, or the name of the signal it died of. */
  readonly end: number | string
  readonly milliseconds: number
}

/** A file that says nothing about any test has failed, whatever its exit status. */
export const frame = (number: number, { file, output, end, milliseconds }: FileRun): string => {
  const skipped = /^1\.\.0(?: # *(?:skip)? ?(.*))?$/im.exec(output)
  const silent = skipped === null && !/^(not )?ok\b/m.test(output)
  const ok = end === 0 && !silent
  const reason = end === 0 ? 'said nothing about any test' : `ended with ${end}`
  return [
    `# Subtest: ${file}`,
    ...indented(output.replace(/^TAP version 14\n/, '')),
    `${ok ? 'ok' : 'not ok'} ${number} - ${file} # ${ok && skipped !== null ? `SKIP ${skipped[1] ?? ''}` : `time=${milliseconds}ms`}`,
    ...(ok ? [] : ['  ---', `  reason: ${reason}`, '  ...']),
    '',
  ].join('\n')
}

/** Test points that were found out here, not by a test file. */
export const pointsOutput = (points: readonly { readonly name: string; readonly found: readonly string[] }[]): string =>
  [
    `1..${points.length}`,
    ...points.flatMap(({ name, found }, index) => [
      `${found.length === 0 ? 'ok' : 'not ok'} ${index + 1} - ${name}`,
      ...(found.length === 0 ? [] : ['  ---', '  found:', ...found.map((each) => `    - ${JSON.stringify(each)}`), '  ...']),
    ]),
    '',
  ].join('\n')

const indented = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `    ${line}`)
