/** What the virtual machine is to run, as its guest.sh reads it. */

/** A command with all that it may depend on. */
export interface Job {
  readonly argv: readonly string[]
  /** Absolute; the guest sees the host's files under their own paths. */
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

/** Status of a job whose folder or program does not exist in the guest, as shells have it. */
const NOT_STARTED = 126

/**
 * The shell script that becomes the job: every text is quoted, nothing is expanded.
 * @throws TypeError for a name that is no environment variable's, or a text with a NUL byte
 */
export const jobScript = ({ argv, cwd, environment }: Job): string =>
  [
    ...Object.entries(environment).map(([name, value]) => `export ${variableName(name)}=${quote(value)}`),
    `cd ${quote(cwd)} || exit ${NOT_STARTED}`,
    `exec ${argv.map(quote).join(' ')}`,
    '',
  ].join('\n')

const variableName = (name: string): string => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not an environment variable's name: ${JSON.stringify(name)}`)
  return name
}

const quote = (text: string): string => {
  if (text.includes('\0')) throw new TypeError(`a NUL byte in ${JSON.stringify(text)}`)
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** What guest.sh reads from its control port: a line with the script's length and the modules' folder, then the script. */
export const jobMessage = (job: Job, modules: string): string => {
  const script = jobScript(job)
  return `${Buffer.byteLength(script)} ${modules}\n${script}`
}
