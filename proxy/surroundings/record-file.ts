/** The record of changes as a file, one for each network namespace: a machine may be several nodes. */
import type fs from 'node:fs'
import { ignoring } from '#kernel/errno.ts'
import type { RecordFile } from './record.ts'

export type RecordFs = Pick<typeof fs, 'mkdirSync' | 'readFileSync' | 'renameSync' | 'rmdirSync' | 'rmSync' | 'statSync' | 'writeFileSync'>

export interface NodeRecord extends RecordFile {
  readonly path: string
  /** Removes it, and its folders when nothing else is in them. @throws */
  remove(): void
}

const PARENT = '/run/selvedge'
const FOLDER = `${PARENT}/proxy`

/** The record of the calling thread's network namespace. */
export const openRecordFile = (files: RecordFs): NodeRecord => {
  const path = `${FOLDER}/${files.statSync('/proc/thread-self/ns/net').ino}.json`
  return {
    path,
    read: () => ignoring(['ENOENT'], () => files.readFileSync(path, 'utf8')),
    write: (text) => {
      files.mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
      const draft = `${path}.new`
      files.writeFileSync(draft, text, { mode: 0o600 })
      files.renameSync(draft, path)
    },
    remove: () => {
      for (const file of [path, `${path}.new`]) files.rmSync(file, { force: true })
      // EBUSY: a folder that a container has mounted.
      for (const folder of [FOLDER, PARENT]) ignoring(['ENOTEMPTY', 'ENOENT', 'EBUSY'], () => files.rmdirSync(folder))
    },
  }
}
