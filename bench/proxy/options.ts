/** `npm run bench:proxy -- --help`. */
import type { FlagTable } from '../../flags/flag.ts'
import { renderHelp } from '../../flags/help.ts'
import { integerFlag, listFlag, textFlag } from '../../flags/kinds.ts'

const group = 'Options'

/** What can be measured alone. */
export const MEASURES = ['change', 'cold', 'burst', 'audit', 'process', 'health'] as const
export type MeasureName = (typeof MEASURES)[number]

export const FLAGS = {
  services: listFlag({
    group,
    placeholder: 'NUMBER[,NUMBER]',
    fallback: '100,1000,10000',
    pattern: /^[1-9][0-9]{0,4}$/,
    legal: 'numbers from 1 to 99999',
    help: 'Numbers of Services, with two endpoints each. Targets belong to 100, 1,000 and 10,000.',
  }),
  only: listFlag({
    group,
    placeholder: 'MEASURE[,MEASURE]',
    fallback: '',
    pattern: new RegExp(`^(${MEASURES.join('|')})$`),
    legal: MEASURES.join(', '),
    help: 'Take these measures only; all by default.',
  }),
  repetitions: integerFlag({
    group,
    placeholder: 'NUMBER',
    fallback: '100',
    least: 2,
    most: 10_000,
    help: 'How often a single change is measured, of either kind, at each number of Services.',
  }),
  rounds: integerFlag({
    group,
    placeholder: 'NUMBER',
    fallback: '2',
    least: 1,
    most: 20,
    help: 'How often a cold start and ipvsadm --restore are measured, in turns.',
  }),
  minutes: integerFlag({
    group,
    placeholder: 'NUMBER',
    fallback: '60',
    least: 1,
    most: 600,
    help: 'When to give up, in the virtual machine.',
  }),
  json: textFlag({ group, placeholder: 'FILE', fallback: 'dist/bench-proxy.json', help: 'Where the figures are written to, as JSON.' }),
} satisfies FlagTable

export const help = (): string =>
  renderHelp({
    command: 'npm run bench:proxy --',
    summary: 'measure the service proxy on a real kernel',
    synopsis: ['npm run bench:proxy -- [--FLAG=VALUE ...]'],
    description: [
      'The loop over real IPVS, routes and nftables of a network namespace, fed with events by hand; and the whole proxy (npm run build) with the API server of the tests. Where the kernel has no IPVS, or the user is not root, everything runs in the virtual machine of the tests, which is five to ten times slower: compare ratios.',
      'Every sample is a process and a network namespace of its own, so that no code is warmer than a proxy’s own.',
    ],
    flags: FLAGS,
    sections: [
      {
        title: 'Measures',
        paragraphs: [
          '  change    one endpoint more, elsewhere and on this node: from the event to the last acknowledgement',
          '  cold      all Services into an empty kernel, beside ipvsadm --restore of the same virtual servers',
          '  burst     1,000 slices that change at once',
          '  audit     comparing everything with the kernel when nothing has drifted',
          '  process   the whole proxy: memory, processor time when idle, start from the API server, answers of /healthz meanwhile',
          '  health    answers of /healthz while all Services load, on this machine and not on an emulated one: only IPVS is simulated',
        ],
      },
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
