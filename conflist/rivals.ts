/** Configurations of others in the runtimes' folder. */
import type { FileSystem } from './atomic-file.ts'

/** What libcni takes for a configuration. @see containernetworking/cni, libcni/conf.go ConfFiles */
const CONFIGURATION = /\.(conf|conflist|json)$/

/** The configurations in `directory` that come before `name`: container runtimes take the first by name, so ours would not be used. */
export const rivalsOf = (fs: Pick<FileSystem, 'readdirSync'>, place: { readonly directory: string; readonly name: string }): string[] =>
  configurationsIn(fs, place.directory).filter((name) => name < place.name)

/** The configurations in `directory`, in the order in which runtimes take them. @throws Error of node:fs, with `code` */
export const configurationsIn = (fs: Pick<FileSystem, 'readdirSync'>, directory: string): string[] =>
  fs
    .readdirSync(directory)
    .filter((name) => CONFIGURATION.test(name) && !name.startsWith('.'))
    .sort()
