/** Running one program of the system through another, for one call only: its file is covered by a script in a mount namespace of the call's own. */
import { copyFileSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { defer, type Owner } from '../../rig/owner.ts'

/**
 * Makes the words before a command line that has every start of `program` (and of all names of the same file) done with `words` before it.
 * @param program an absolute path, e.g. `/usr/sbin/nft`
 */
export const wrapping = (owner: Owner, program: string): ((words: readonly string[]) => string[]) => {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  const file = realpathSync(program)
  copyFileSync(file, join(folder, basename(file)))
  // A program of many names looks at the one it is started under.
  for (const name of namesOf(file, dirname(program))) symlinkSync(basename(file), join(folder, name))
  const script = join(folder, 'wrapper')
  return (words) => {
    writeFileSync(script, `#!/bin/sh\nexec ${words.join(' ')} ${folder}/\${0##*/} "$@"\n`, { mode: 0o755 })
    return ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"', script, file]
  }
}

/** The symbolic links in a folder that lead to a file, and what they are called where Debian's alternatives prefer that file. */
const namesOf = (file: string, folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink() && leadsTo(file, join(folder, entry.name)))
    .flatMap(({ name }) => [name, name.replace('-legacy', '')])
    .filter((name, index, all) => name !== basename(file) && all.indexOf(name) === index)

const leadsTo = (file: string, link: string): boolean => {
  try {
    return realpathSync(link) === file
  } catch {
    return false
  }
}
