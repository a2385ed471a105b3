/** What a source file imports and which globals it uses, by a careful look at its text: TypeScript 7 has no stable interface for programs. */
import { posix } from 'node:path'
import { blank } from './blank.ts'

export interface Source {
  /** Relative to the repository. */
  readonly path: string
  readonly text: string
}

export interface Import {
  /** The file of the repository, e.g. `kernel/errno.ts`, or the module as written: `node:fs`, `execa`, `#libc`. */
  readonly target: string
  readonly specifier: string
  /** Nothing of it is left when the types are stripped. */
  readonly typeOnly: boolean
  readonly line: number
}

const STATEMENT = /\b(?:import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?(?:[\s\w$*,{}]*?\bfrom)?\s*(?=['"])/g
const DYNAMIC = /\b(?:import|require|getBuiltinModule)\s*\(\s*(?=['"`])/g

/** Every import of a file: static, dynamic, and re-exports. */
export const importsOf = ({ path, text }: Source): Import[] => {
  const code = blank(text)
  const found = [...code.matchAll(STATEMENT), ...code.matchAll(DYNAMIC)].map((match) => {
    const specifier = stringAt(text, match.index + match[0].length)
    const dynamicType = match[0].startsWith('import') && /(?:typeof|[:<|&])\s*$/.test(code.slice(0, match.index))
    return {
      target: targetOf(path, specifier),
      specifier,
      typeOnly: match[1] !== undefined || dynamicType,
      line: lineAt(text, match.index),
    }
  })
  return found.sort((one, other) => one.line - other.line)
}

const stringAt = (text: string, position: number): string => {
  const end = text.indexOf(text[position] ?? '', position + 1)
  return text.slice(position + 1, end)
}

const targetOf = (path: string, specifier: string): string => {
  if (specifier.startsWith('#net/') || specifier.startsWith('#kernel/')) return specifier.slice(1)
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier
}

const lineAt = (text: string, position: number): number => text.slice(0, position).split('\n').length

/** The globals that tie code to the process it runs in and to its clock. */
const GLOBALS = ['process', 'console', 'setTimeout', 'setInterval', 'setImmediate', 'Date.now', 'new Date()', 'performance']
const GLOBAL_USE =
  /(?<![.\w$#'"])(?:(process)\s*\??\.(?=\s*\w)|(console)\s*\.|(setTimeout|setInterval|setImmediate)\s*[(,)\]}]|(Date\.now)\b|(new Date\(\s*\))|(performance)\s*\.)/g

export interface GlobalUse {
  readonly name: (typeof GLOBALS)[number]
  readonly line: number
}

/** Uses of the process, the console, timers and clocks as globals. */
export const globalsOf = ({ text }: Source): GlobalUse[] =>
  [...blank(text).matchAll(GLOBAL_USE)].map((match) => ({
    name:
      GLOBALS.find((name) => match.slice(1).some((group) => group?.replaceAll(/\s/g, '') === name.replaceAll(' ', '') || group === name)) ??
      match[0],
    line: lineAt(text, match.index),
  }))
