/** `npm run bench:cni -- --help`. */
import type { FlagTable } from '../../flags/flag.ts'
import { renderHelp } from '../../flags/help.ts'
import { integerFlag, listFlag, textFlag } from '../../flags/kinds.ts'
import { MEASURES } from './measures.ts'

const group = 'Options'

export const FLAGS = {
  repetitions: integerFlag({
    group,
    placeholder: 'NUMBER',
    fallback: '40',
    least: 2,
    most: 10_000,
    help: 'How often each call is measured; calls that take long are measured less often, by the same factor.',
  }),
  only: listFlag({
    group,
    placeholder: 'MEASURE[,MEASURE]',
    fallback: '',
    pattern: new RegExp(`^(${[...MEASURES.map(({ name }) => name), 'memory', 'processes'].join('|')})$`),
    legal: [...MEASURES.map(({ name }) => name), 'memory', 'processes'].join(', '),
    help: 'Take these measures only; all by default.',
  }),
  json: textFlag({ group, placeholder: 'FILE', fallback: 'dist/bench-cni.json', help: 'Where the figures are written to, as JSON.' }),
  ours: textFlag({
    group,
    placeholder: 'FOLDER',
    fallback: 'dist/bin',
    help: 'Our plugins. Copies are measured, as an installer leaves them.',
  }),
  go: textFlag({ group, placeholder: 'FOLDER', fallback: '/usr/lib/cni', help: "The reference's plugins; by default those of Debian." }),
} satisfies FlagTable

export const help = (): string =>
  renderHelp({
    command: 'npm run bench:cni --',
    summary: 'measure the CNI executables beside the reference plugins',
    synopsis: ['npm run bench:cni -- [--FLAG=VALUE ...]'],
    description: [
      'Two hosts (network namespaces), one for each suite. A call is what a runtime does: the plugins of examples/kube-router.yaml one after another, from the first start to the last end. The suites take turns, A B B A, and medians are compared. Processor time, which other programs on the machine disturb less, is compared too.',
      'Root is needed, and the Debian package containernetworking-plugins.',
    ],
    flags: FLAGS,
    sections: [
      { title: 'Measures', paragraphs: MEASURES.map(({ name, title }) => `  ${name.padEnd(16)}${title}`) },
      {
        title: 'Exit status',
        paragraphs: [
          '  0  measured, and every target is met',
          '  1  a target is missed, or something failed',
          '  2  the arguments make no sense',
        ],
      },
    ],
  })
