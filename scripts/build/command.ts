/**
 * dist/selvedge: the command and what it imports, in a few files instead of two thousand. It starts three times as fast as from its
 * sources, of which the API client's are most.
 */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, runBun } from './bun.ts'
import { stampOf } from './stamp.ts'

const FOLDER = join(ROOT, 'dist/selvedge')
const ENTRY = 'selvedge.ts'

const INPUTS = [ENTRY, '{conflist,doctor,flags,kernel,net,proxy}/**/*.ts', 'scripts/build/*.ts', 'package.json', 'package-lock.json']

/** Makes it unless it is that of the sources. */
export const buildCommand = async (): Promise<void> => {
  const stamp = stampOf(join(ROOT, 'dist/selvedge.sha256'), INPUTS)
  if (statSync(join(FOLDER, 'selvedge.js'), { throwIfNoEntry: false }) !== undefined && stamp.fresh()) return
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const scratch = mkdtempSync(join(ROOT, 'dist/build-'))
  try {
    await runBun(['scripts/build/bundle-command.bun.ts', ENTRY, scratch])
    rmSync(FOLDER, { recursive: true, force: true })
    // mkdtemp makes it its owner's alone.
    chmodSync(scratch, 0o755)
    renameSync(scratch, FOLDER)
    stamp.write()
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
