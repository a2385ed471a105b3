/** The JavaScript engine inside the CNI executables. */
import process from 'node:process'

const ENGINES = ['bun', 'quickjs'] as const

export type Engine = (typeof ENGINES)[number]

const DEFAULT: Engine = 'bun'

/** What SELVEDGE_ENGINE says, else the default. @throws Error for a name that is no engine's */
export const engineOf = (env: Readonly<Record<string, string | undefined>> = process.env): Engine => {
  const name = env.SELVEDGE_ENGINE || DEFAULT
  const engine = ENGINES.find((each) => each === name)
  if (engine === undefined) throw new Error(`SELVEDGE_ENGINE: ${JSON.stringify(name)} is no engine; legal are ${ENGINES.join(' and ')}`)
  return engine
}
