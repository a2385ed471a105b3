/**
 * From an argument list to values, by the rules of Go's pflag: `--name=value` and `--name value`; a switch takes a value only after `=`;
 * `-v3`, `-v=3` and `-v 3` for one-letter names; `--` ends the flags. Every fault of the line is found, not only the first.
 */
import { type Flag, type FlagTable, type FlagValues, UsageError } from './flag.ts'
import { similarName } from './similar.ts'

/** The values of every flag of `table`, defaults included. @throws UsageError naming each flag, its value and what is legal */
export const parseFlags = <Table extends FlagTable>(table: Table, argv: readonly string[]): FlagValues<Table> => {
  const problems: string[] = []
  const given = scan(table, argv, problems)
  const values = Object.entries(table).map(([name, flag]) => [name, evaluate({ name, flag, texts: given.get(name) ?? [], problems })])
  if (problems.length > 0) throw new UsageError(problems)
  return Object.fromEntries(values) as FlagValues<Table>
}

/** The flags of `table` that a line names, in its order, each once. */
export const flagsGiven = (table: FlagTable, argv: readonly string[]): string[] => [...scan(table, argv, []).keys()]

/** Whether the line asks for `name` (or its letter `short`), as `--help` does, whatever else is wrong with it. */
export const asksFor = (argv: readonly string[], name: string, short: string): boolean => {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  return flags.some((token) => token === `--${name}` || token === `--${name}=true` || token === `-${short}`)
}

type Given = Map<string, string[]>

/** Splits the line into flag names and value texts. */
const scan = (table: FlagTable, argv: readonly string[], problems: string[]): Given => {
  const given: Given = new Map()
  const rest = [...argv]
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === '--') {
      problems.push(...rest.map(strayArgument))
      break
    }
    if (token.startsWith('--')) scanLong({ table, token, rest, given, problems })
    else if (token.startsWith('-') && token.length > 1) scanShort({ table, token, rest, given, problems })
    else problems.push(strayArgument(token))
  }
  return given
}

interface Scan {
  readonly table: FlagTable
  readonly token: string
  /** The arguments after this one; a value taken from them is removed. */
  readonly rest: string[]
  readonly given: Given
  readonly problems: string[]
}

const scanLong = ({ table, token, rest, given, problems }: Scan): void => {
  const equals = token.indexOf('=')
  const name = token.slice(2, equals < 0 ? undefined : equals)
  const flag = flagOf(table, name)
  if (flag === undefined) {
    problems.push(`unknown flag ${quoted(`--${name}`)}${suggestion(table, name)}`)
    // What follows an unknown flag is most likely its value: do not report it a second time.
    if (equals < 0 && rest[0]?.startsWith('-') === false) rest.shift()
    return
  }
  if (equals >= 0) remember(given, name, token.slice(equals + 1))
  else takeNext({ flag, name, written: `--${name}`, rest, given, problems })
}

const scanShort = ({ table, token, rest, given, problems }: Scan): void => {
  const [long = ''] = token.slice(1).split('=')
  if (long.length > 1 && flagOf(table, long) !== undefined) {
    problems.push(`${token}: long flags take two dashes: -${token}`)
    return
  }
  for (let index = 1; index < token.length; index++) {
    const letter = token[index] ?? ''
    const [name, flag] = Object.entries(table).find(([, { short }]) => short === letter) ?? []
    if (name === undefined || flag === undefined) {
      problems.push(`unknown flag ${quoted(`-${letter}`)}${token.length > 2 ? ` in ${quoted(token)}` : ''}`)
      return
    }
    const attached = token.slice(index + 1)
    if (attached.startsWith('=') || (attached !== '' && flag.placeholder !== undefined)) {
      remember(given, name, attached.replace(/^=/, ''))
      return
    }
    takeNext({ flag, name, written: `-${letter}`, rest, given, problems })
  }
}

interface Take extends Omit<Scan, 'table' | 'token'> {
  readonly flag: Flag<unknown>
  readonly name: string
  /** The flag as the user wrote it. */
  readonly written: string
}

const takeNext = ({ flag, name, written, rest, given, problems }: Take): void => {
  const text = flag.placeholder === undefined ? 'true' : rest.shift()
  if (text === undefined) problems.push(`${written} needs a value: --${name}=${flag.placeholder}`)
  else remember(given, name, text)
}

const remember = (given: Given, name: string, text: string): void => {
  given.set(name, [...(given.get(name) ?? []), text])
}

interface Texts {
  readonly name: string
  readonly flag: Flag<unknown>
  readonly texts: readonly string[]
  readonly problems: string[]
}

/** The value of one flag; its faults go to `problems`. */
const evaluate = ({ name, flag, texts, problems }: Texts): unknown => {
  const fallback = flag.read(flag.fallback)
  if (!('value' in fallback)) throw new TypeError(`--${name}: its default ${quoted(flag.fallback)} is not legal`)
  const values: unknown[] = []
  for (const text of texts) {
    const reading = flag.read(text)
    if ('value' in reading) values.push(reading.value)
    else problems.push(`--${name}=${quoted(text)} is not legal: expected ${reading.legal}`)
  }
  if (values.length < texts.length || texts.length === 0) return fallback.value
  const value = values.reduce((earlier, later) => (flag.merge === undefined ? later : flag.merge(earlier, later)))
  if (flag.refusal !== undefined && JSON.stringify(value) !== JSON.stringify(fallback.value)) {
    problems.push(`--${name}=${quoted(texts.join(','))} is refused: ${flag.refusal}`)
  }
  return value
}

const flagOf = (table: FlagTable, name: string): Flag<unknown> | undefined => (Object.hasOwn(table, name) ? table[name] : undefined)

const suggestion = (table: FlagTable, name: string): string => {
  const similar = similarName(name, Object.keys(table))
  return similar === undefined ? '' : `: is --${similar} meant?`
}

const strayArgument = (token: string): string =>
  `unexpected argument ${quoted(token)}: everything is a flag here, and a switch takes its value after "=", as in --flag=false`

/** Printable whatever it holds: arguments may carry line feeds and escape sequences. */
const quoted = (text: string): string => (/^[\w./:,@%+-]+$/.test(text) ? text : JSON.stringify(text))
