/** Where a plugin's executable lies. */
import { goQuote } from './text.ts'

/**
 * The first regular file `type` in the folders of `path` (CNI_PATH). Empty folders are passed over: the reference would take
 * them for the working directory, which is not for root to trust.
 * @throws Error with the reference's sentence
 */
export const findPlugin = (type: string, path: string, isFile: (path: string) => boolean): string => {
  if (type === '') throw new Error('no plugin name provided')
  if (type.includes('/') || type.includes('\0')) throw new Error(`invalid plugin name: ${type}`)
  const folders = path.split(':').filter((folder) => folder !== '')
  if (folders.length === 0) throw new Error('no paths provided')
  const found = folders.map((folder) => `${folder.endsWith('/') ? folder.replace(/\/+$/, '') : folder}/${type}`).find(isFile)
  if (found === undefined) throw new Error(`failed to find plugin ${goQuote(type)} in path [${folders.join(' ')}]`)
  return found
}
