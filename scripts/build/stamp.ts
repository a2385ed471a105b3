/** Whether something is made of the sources as they are now: a hash of them, kept beside what was made. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { ROOT } from './bun.ts'

export interface Stamp {
  /** Whether what carries this stamp was made of these very sources. */
  fresh(): boolean
  /** Call it when everything is made. */
  write(): void
}

/** @param file where the stamp is kept @param patterns globs of the sources, in the repository; tests never count */
export const stampOf = (file: string, patterns: readonly string[]): Stamp => {
  const hash = hashOf(patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter((path) => !path.endsWith('.test.ts')))
  return {
    fresh: () => statSync(file, { throwIfNoEntry: false }) !== undefined && readFileSync(file, 'utf8') === hash,
    write: () => writeFileSync(file, hash),
  }
}

const hashOf = (paths: readonly string[]): string => {
  const hash = createHash('sha256').update(process.arch)
  for (const path of paths.toSorted())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(ROOT, path)))
      .update('\0')
  return hash.digest('hex')
}
