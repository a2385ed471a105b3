/** The help of a command, laid out like a manual page, 80 columns wide; the flags come from the table that parses them. */
import type { Flag, FlagTable } from './flag.ts'

export interface Manual {
  /** `selvedge proxy` */
  readonly command: string
  /** What it does, in half a sentence. */
  readonly summary: string
  readonly synopsis: readonly string[]
  /** Paragraphs; lines that begin with white space are kept as they are. */
  readonly description: readonly string[]
  readonly flags: FlagTable
  /** Groups of flags that are only enumerated, by what is said about them. */
  readonly enumerated?: readonly string[]
  /** Sections after the flags. */
  readonly sections: readonly { readonly title: string; readonly paragraphs: readonly string[] }[]
}

/** The whole text, with a line feed at its end. */
export const renderHelp = ({ command, summary, synopsis, description, flags, enumerated = [], sections }: Manual): string => {
  const groups = [...new Set(Object.values(flags).map(({ group }) => group))]
  const parts = [
    section('Name', [`${command} - ${summary}`]),
    section(
      'Synopsis',
      synopsis.map((line) => `  ${line}`),
    ),
    section('Description', description),
    ...groups.map((group) => {
      const members = Object.entries(flags).filter(([, flag]) => flag.group === group)
      return enumerated.includes(group) ? enumeration(group, members) : flagSection(group, members)
    }),
    ...sections.map(({ title, paragraphs }) => section(title, paragraphs)),
  ]
  return `${parts.join('\n\n')}\n`
}

const WIDTH = 80

const section = (title: string, paragraphs: readonly string[]): string => {
  const bodies = paragraphs.map((paragraph) => (/^\s/.test(paragraph) ? indent(paragraph, 2) : wrap(paragraph, 4)))
  return [title.toUpperCase(), bodies.join(paragraphs.every((paragraph) => /^\s/.test(paragraph)) ? '\n' : '\n\n')].join('\n')
}

type Member = readonly [name: string, flag: Flag<unknown>]

const flagSection = (group: string, members: readonly Member[]): string => [group.toUpperCase(), members.map(entry).join('\n\n')].join('\n')

/** One flag: how it is written, then what it does. */
const entry = ([name, flag]: Member): string => {
  const value = flag.placeholder === undefined ? '' : `=${flag.placeholder}`
  const short = flag.short === undefined ? '' : `-${flag.short}, `
  const isDefault = flag.placeholder === undefined ? flag.fallback === 'true' : flag.fallback !== ''
  const words = isDefault ? `${flag.help} Default: ${flag.fallback}.` : flag.help
  return `${indent(`${short}--${name}${value}`, 4)}\n${wrap(words, 8)}`
}

/** `What is said: --one, --two` for flags that have nothing else to tell. */
const enumeration = (group: string, members: readonly Member[]): string => {
  const sayings = [...new Set(members.map(([, { help }]) => help))]
  const lines = sayings.map((help) => {
    const names = members.filter(([, flag]) => flag.help === help).map(([name]) => `--${name}`)
    return `${wrap(help, 4)}\n${wrap(names.join(', '), 8)}`
  })
  return [group.toUpperCase(), lines.join('\n\n')].join('\n')
}

const indent = (text: string, columns: number): string => text.replace(/^(?=.)/gm, ' '.repeat(columns))

const wrap = (text: string, columns: number): string => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && columns + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return indent([...lines, line].join('\n'), columns)
}
