/** Files that people or other programs wrote. */
import { reasonOf } from '#kernel/errno.ts'
import type { FileSystem } from './atomic-file.ts'
import { FileFaults } from './fault.ts'

/** No ConfigMap and no Node is larger; and reading YAML takes seconds per megabyte. */
const MAX_BYTES = 1 << 20

/** A whole text file. @param hint where it comes from @throws FileFaults when it cannot be read, is no file, or is larger than any manifest */
export const readText = (fs: Pick<FileSystem, 'statSync' | 'readFileSync'>, path: string, hint = ''): string => {
  const problem = (text: string): FileFaults => new FileFaults(path, [{ path: '', problem: text }])
  try {
    const status = fs.statSync(path)
    if (!status.isFile()) throw problem('not a file')
    if (status.size > MAX_BYTES) throw problem(`larger than ${MAX_BYTES} bytes`)
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof FileFaults) throw error
    throw problem(`cannot be read: ${reasonOf(error)}${hint}`)
  }
}
