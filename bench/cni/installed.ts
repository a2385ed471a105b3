/** Both suites as our installer leaves them on a node: freshly copied. How a file came into the page cache is worth milliseconds of each start. */
import fs, { linkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { copyDurably } from '../../conflist/copy-file.ts'
import { EXECUTABLES } from '../../conflist/executables.ts'

/** Copies the plugins of `source` into the empty folder `target`; names of one file stay names of one file. @throws Error */
export const install = (source: string, target: string): void => {
  const copies = new Map<number, string>()
  for (const name of EXECUTABLES) {
    const file = join(source, name)
    const { ino } = statSync(file)
    const copy = copies.get(ino)
    if (copy !== undefined) linkSync(copy, join(target, name))
    else {
      copyDurably(fs, { from: file, to: join(target, name), mode: 0o755 })
      copies.set(ino, join(target, name))
    }
  }
}
