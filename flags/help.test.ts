import t from 'tap'
import { renderHelp } from './help.ts'
import { durationFlag, networksFlag, switchFlag, textFlag } from './kinds.ts'

t.test('a manual has its sections, its flags by group, and stays within 80 columns', async (t) => {
  const text = renderHelp({
    command: 'tool run',
    summary: 'run',
    synopsis: ['tool run [--FLAG=VALUE ...]'],
    description: ['One two three four five six seven eight nine ten eleven twelve thirteen fourteen.', 'Second paragraph.'],
    flags: {
      file: textFlag({ group: 'Input', placeholder: 'FILE', fallback: '', help: 'What to read.' }),
      period: durationFlag({ group: 'Input', fallback: '5m0s', help: 'How often.' }),
      quick: switchFlag({ group: 'Ways', fallback: 'false', short: 'q', help: 'Be quick.' }),
      careful: switchFlag({ group: 'Ways', fallback: 'true', help: 'Be careful.' }),
      old: switchFlag({ group: 'Idle', fallback: 'true', help: 'Not used.' }),
      nets: networksFlag({ group: 'Idle', fallback: '', help: 'Not used.' }),
      older: switchFlag({ group: 'Idle', fallback: 'true', help: 'Forgotten.' }),
    },
    enumerated: ['Idle'],
    sections: [{ title: 'Exit status', paragraphs: ['  0  good', '  1  bad'] }],
  })
  t.equal(
    text,
    `NAME
    tool run - run

SYNOPSIS
    tool run [--FLAG=VALUE ...]

DESCRIPTION
    One two three four five six seven eight nine ten eleven twelve thirteen
    fourteen.

    Second paragraph.

INPUT
    --file=FILE
        What to read.

    --period=DURATION
        How often. Default: 5m0s.

WAYS
    -q, --quick
        Be quick.

    --careful
        Be careful. Default: true.

IDLE
    Not used.
        --old, --nets

    Forgotten.
        --older

EXIT STATUS
    0  good
    1  bad
`,
  )
})
