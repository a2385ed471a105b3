/**
 * Command line flags as data: one table per command is what is parsed, what `--help` prints and what is checked. The grammar is that of
 * Go's pflag, because kube-router's argument lists must work unchanged.
 */

/** A value read from its text, or what would have been legal. */
export type Reading<T> = { readonly value: T } | { readonly legal: string }

export interface Flag<T> {
  /** What stands for the value in help (`DURATION`); undefined for a switch, which takes a value only as `--name=false`. */
  readonly placeholder: string | undefined
  /** One-letter name. */
  readonly short?: string
  /** The default, as one would write it; empty = nothing. */
  readonly fallback: string
  /** Heading under which help lists it. */
  readonly group: string
  readonly help: string
  /** Why only the default is possible; any other value is refused with this sentence. */
  readonly refusal?: string
  readonly read: (text: string) => Reading<T>
  /** How a repeated flag adds up; without it the last one wins. */
  merge?(earlier: T, later: T): T
}

export type FlagTable = Readonly<Record<string, Flag<unknown>>>

/** The values of a table: one property per flag, by its name. */
export type FlagValues<Table extends FlagTable> = { readonly [Name in keyof Table]: Table[Name] extends Flag<infer T> ? T : never }

/** A command line that cannot be obeyed; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** One sentence per fault. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
