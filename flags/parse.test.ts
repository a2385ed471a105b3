import t from 'tap'
import { UsageError } from './flag.ts'
import { addressFlag, choiceFlag, durationFlag, integerFlag, listFlag, networksFlag, switchFlag, textFlag } from './kinds.ts'
import { asksFor, flagsGiven, parseFlags } from './parse.ts'

const words = { group: 'Group', help: 'Help.' }
const TABLE = {
  all: switchFlag({ ...words, fallback: 'false', short: 'a' }),
  on: switchFlag({ ...words, fallback: 'true' }),
  file: textFlag({ ...words, fallback: '', placeholder: 'FILE' }),
  level: integerFlag({ ...words, fallback: '0', short: 'v', placeholder: 'LEVEL', least: 0, most: 10 }),
  period: durationFlag({ ...words, fallback: '5m0s', least: '100ms', most: '1h' }),
  whole: durationFlag({ ...words, fallback: '0', step: '1s' }),
  format: choiceFlag({ ...words, fallback: 'text', choices: ['text', 'json'] }),
  networks: networksFlag({ ...words, fallback: '' }),
  names: listFlag({ ...words, fallback: '', placeholder: 'NAME', pattern: /^[a-z]+$/, legal: 'small letters' }),
  address: addressFlag({ ...words, fallback: '' }),
  fixed: switchFlag({ ...words, fallback: 'false', refusal: 'it cannot be done' }),
}

const DEFAULTS = {
  all: false,
  on: true,
  file: '',
  level: 0,
  period: 300_000,
  whole: 0,
  format: 'text',
  networks: [],
  names: [],
  address: undefined,
  fixed: false,
}

const problemsOf = (...argv: string[]): readonly string[] => {
  try {
    parseFlags(TABLE, argv)
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
  return []
}

t.test('an empty line gives every default', async (t) => {
  t.strictSame(parseFlags(TABLE, []), DEFAULTS)
})

const LINES: readonly { readonly argv: readonly string[]; readonly values: Partial<Record<keyof typeof TABLE, unknown>> }[] = [
  { argv: ['--all'], values: { all: true } },
  { argv: ['--all=true', '--on=false'], values: { all: true, on: false } },
  { argv: ['--on=0'], values: { on: false } },
  { argv: ['-a'], values: { all: true } },
  { argv: ['-a=false'], values: { all: false } },
  { argv: ['-av3'], values: { all: true, level: 3 } },
  { argv: ['-v3'], values: { level: 3 } },
  { argv: ['-v=3'], values: { level: 3 } },
  { argv: ['-v', '3'], values: { level: 3 } },
  { argv: ['--level=1', '--level=2'], values: { level: 2 } },
  { argv: ['--file=a=b'], values: { file: 'a=b' } },
  { argv: ['--file', '--all'], values: { file: '--all' } },
  { argv: ['--file='], values: { file: '' } },
  { argv: ['--period', '1m30s'], values: { period: 90_000 } },
  { argv: ['--whole=900s'], values: { whole: 900_000 } },
  { argv: ['--format=json'], values: { format: 'json' } },
  { argv: ['--names=a,b', '--names', 'c'], values: { names: ['a', 'b', 'c'] } },
  {
    argv: ['--networks=10.20.3.4/16, fd00::/48'],
    values: {
      networks: [
        { address: '10.20.0.0', prefixLength: 16 },
        { address: 'fd00::', prefixLength: 48 },
      ],
    },
  },
  { argv: ['--address=::1'], values: { address: '::1' } },
  { argv: ['--address=[::1]'], values: { address: '::1' } },
  { argv: ['--fixed=false'], values: { fixed: false } },
  { argv: ['--all', '--'], values: { all: true } },
]

t.test('a line is read by the rules of pflag', async (t) => {
  for (const { argv, values } of LINES) t.strictSame(parseFlags(TABLE, argv), { ...DEFAULTS, ...values }, argv.join(' '))
})

const STRAY = 'everything is a flag here, and a switch takes its value after "=", as in --flag=false'
const FAULTS: readonly (readonly [argv: readonly string[], ...problems: string[]])[] = [
  [['--nope'], 'unknown flag --nope'],
  [['--perod=5s'], 'unknown flag --perod: is --period meant?'],
  [['--nope=1'], 'unknown flag --nope'],
  [['--nope', 'value'], 'unknown flag --nope'],
  [['--nope', '--all'], 'unknown flag --nope'],
  [['--toString'], 'unknown flag --toString'],
  [['--=x'], 'unknown flag --'],
  [['-x'], 'unknown flag -x'],
  [['-ax'], 'unknown flag -x in -ax'],
  [['-all'], '-all: long flags take two dashes: --all'],
  [['-file=x'], '-file=x: long flags take two dashes: --file=x'],
  [['--all', 'false'], `unexpected argument false: ${STRAY}`],
  [['-'], `unexpected argument -: ${STRAY}`],
  [['--', '--all'], `unexpected argument --all: ${STRAY}`],
  [['a\u001b[31m\nb'], `unexpected argument "a\\u001b[31m\\nb": ${STRAY}`],
  [['--file'], '--file needs a value: --file=FILE'],
  [['-v'], '-v needs a value: --level=LEVEL'],
  [['--all=yes'], '--all=yes is not legal: expected true or false'],
  [['--level=11'], '--level=11 is not legal: expected a whole number from 0 to 10'],
  [['--level=0x1'], '--level=0x1 is not legal: expected a whole number from 0 to 10'],
  [['--period=10'], '--period=10 is not legal: expected a duration such as 5s or 1m30s, from 100ms to 1h'],
  [['--period=99ms'], '--period=99ms is not legal: expected a duration such as 5s or 1m30s, from 100ms to 1h'],
  [['--whole=1500ms'], '--whole=1500ms is not legal: expected a duration such as 5s or 1m30s, from 0 to 2400h, in steps of 1s'],
  [['--format=xml'], '--format=xml is not legal: expected text, json'],
  [['--networks=10.0.0.0'], '--networks=10.0.0.0 is not legal: expected comma-separated networks such as 10.20.0.0/16 or fd00::/48'],
  [['--names=a,B'], '--names=a,B is not legal: expected small letters'],
  [['--address=localhost'], '--address=localhost is not legal: expected an IPv4 or IPv6 address, or nothing for all addresses'],
  [['--fixed'], '--fixed=true is refused: it cannot be done'],
]

t.test('every fault is one sentence that names the flag, the value and what is legal', async (t) => {
  for (const [argv, ...problems] of FAULTS) t.strictSame(problemsOf(...argv), problems, argv.join(' '))
})

t.test('all faults of a line are told at once', async (t) => {
  t.strictSame(problemsOf('--nope', '--level=x', '--fixed'), [
    'unknown flag --nope',
    '--level=x is not legal: expected a whole number from 0 to 10',
    '--fixed=true is refused: it cannot be done',
  ])
})

t.test('help is asked for anywhere before --, whatever else is wrong', async (t) => {
  t.ok(asksFor(['--nope', '--help'], 'help', 'h'))
  t.ok(asksFor(['-h'], 'help', 'h'))
  t.ok(asksFor(['--help=true'], 'help', 'h'))
  t.notOk(asksFor(['--', '--help'], 'help', 'h'))
  t.notOk(asksFor(['--helpful', '-v', '--help=false'], 'help', 'h'))
})

t.test('the flags that a line names are told, and nothing that only looks like one', async (t) => {
  t.strictSame(flagsGiven(TABLE, ['--file', '--all', '-v3', '--on=false', '--on', '--nope', '--', '--period=1s']), ['file', 'level', 'on'])
})

t.test('a default that its own flag would refuse is a fault of the table', async (t) => {
  const table = { level: integerFlag({ ...words, fallback: 'high', placeholder: 'LEVEL', least: 0, most: 1 }) }
  t.throws(() => parseFlags(table, []), new TypeError('--level: its default high is not legal'))
})
