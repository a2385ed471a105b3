/** Which of this process' environment the guest's command gets. */
type Environment = Readonly<Record<string, string | undefined>>

const ALWAYS = ['PATH', 'HOME', 'TERM', 'CI', 'LANG', 'NO_COLOR', 'FORCE_COLOR']

/** Debian keeps these out of an ordinary user's PATH, and in the guest everybody is root. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * The variables every command needs, and those asked for: `NAME` passes the value on, `NAME=VALUE` sets it.
 * @throws RangeError for a name that is asked for and not set
 */
export const guestEnvironment = (own: Environment, asked: readonly string[]): Record<string, string> => {
  const chosen: Record<string, string> = {}
  for (const name of ALWAYS) {
    const value = own[name]
    if (value !== undefined) chosen[name] = value
  }
  for (const word of asked) {
    const [name = '', ...rest] = word.split('=')
    const value = rest.length > 0 ? rest.join('=') : own[name]
    if (value === undefined) throw new RangeError(`--env ${name}: not set`)
    chosen[name] = value
  }
  return { ...chosen, PATH: withSystemFolders(chosen.PATH ?? '/usr/local/bin:/usr/bin:/bin') }
}

const withSystemFolders = (path: string): string => {
  const folders = path.split(':')
  return [...folders, ...SYSTEM_FOLDERS.filter((folder) => !folders.includes(folder))].join(':')
}
