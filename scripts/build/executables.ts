/** dist/bin/{bridge,host-local,portmap,loopback}: one Bun executable, the other names hard links to it. */
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { alignSegments } from './align-segments.ts'
import { ROOT, runBun } from './bun.ts'
import { changeInstructions } from './change-instructions.ts'
import { disableEnvironment } from './disable-environment.ts'
import { leaveHeapUntuned } from './leave-heap-untuned.ts'
import { shortenEntry } from './shorten-entry.ts'
import { stampOf } from './stamp.ts'

const BIN = join(ROOT, 'dist/bin')
const NAMES = ['bridge', 'host-local', 'portmap', 'loopback'] as const
const ENTRY = 'cni/main.ts'

/** What goes into the executable, or decides how it is made. */
const INPUTS = ['{cni,kernel,net}/**/*.ts', 'scripts/build/*.ts', 'package.json', 'package-lock.json']

/** Makes them unless they are those of the sources; replaces each name in one step. */
export const buildExecutables = async (): Promise<void> => {
  const stamp = stampOf(join(ROOT, 'dist/bin.sha256'), INPUTS)
  if (areLinked() && stamp.fresh()) return
  mkdirSync(BIN, { recursive: true })
  const scratch = mkdtempSync(join(ROOT, 'dist/build-'))
  try {
    await compile(join(scratch, NAMES[0]))
    for (const name of NAMES.slice(1)) linkSync(join(scratch, NAMES[0]), join(scratch, name))
    for (const name of NAMES) renameSync(join(scratch, name), join(BIN, name))
    stamp.write()
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const areLinked = (): boolean => {
  const inodes = NAMES.map((name) => statSync(join(BIN, name), { throwIfNoEntry: false })?.ino)
  return inodes.every((inode) => inode !== undefined && inode === inodes[0])
}

const compile = async (outfile: string): Promise<void> => {
  const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  await runBun(['scripts/build/executables.bun.ts', ENTRY, outfile, version])
  const hardened = disableEnvironment(readFileSync(outfile), process.arch)
  const quick = leaveHeapUntuned(shortenEntry(changeInstructions(hardened, process.arch)))
  // As a new file: pages that are in the page cache stay as small as they came there.
  rmSync(outfile)
  writeFileSync(outfile, alignSegments(quick))
  chmodSync(outfile, 0o755)
}
