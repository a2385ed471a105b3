/** Values that configs and environments do not expect. */
import type { Random } from '../random.ts'

/** JSON as a tree that text is made of; `raw` is put in as it is. */
export type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree } | { readonly [RAW]: string }
export const RAW = Symbol('raw')

const TEXTS = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\n',
    '"',
    '\\',
    "'",
    '`id`',
    '$(id)',
    '; reboot',
    '%s%n',
    '../../../etc/passwd',
    '/',
    '.',
    '..',
    '-',
    '--help',
  ],
  ...['ﬀ', '\u202e', '🦀', 'ſ', '\u2028', 'İ', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'true', 'NaN', '1e309'],
  ...[
    '10.1.2.3',
    '10.1.2.3/33',
    '10.1.2.0/24',
    '10.1.2.3/-1',
    '0.0.0.0/0',
    '255.255.255.255/32',
    '::',
    '::/0',
    'fe80::1%lo',
    '::ffff:10.0.0.1/120',
  ],
  ...['1::2::3', '10.0.0', '010.0.0.1', '1.2.3.4.5', '10.1.2.0/030', 'ff02::1/8', '00:11:22:33:44:55', 'ff:ff:ff:ff:ff:ff', 'zz', '0x10'],
  ...[
    'host-local',
    'bridge',
    'portmap',
    'loopback',
    'nope',
    '../host-local',
    '0.1.0',
    '0.3.1',
    '1.1.0',
    '9.9.9',
    '1.0',
    'iptables',
    'nftables',
  ],
]
const NUMBERS = [0, -0, -1, 1, 2, 32, 33, 80, 4094, 4095, 65535, 65536, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), 1.5, 1e300]
const RAWS = [
  '1e999',
  '-',
  '01',
  '1.',
  'NaN',
  '"\\ud800"',
  '"\\u0000"',
  '"\xff"',
  '[,]',
  '{,}',
  'nul',
  '"',
  '18446744073709551616',
  '-9223372036854775809',
]

export const hostileText = (random: Random): string => {
  if (random.chance(0.05)) return random.pick(['x', '/', '../', '\n', 'é', '10.1.2.3 ']).repeat(1 + random.below(40_000))
  return random.pick(TEXTS)
}

/** Something that may stand anywhere in a config. */
export const hostileValue = (random: Random): Tree => {
  const kind = random.below(10)
  if (kind < 4) return hostileText(random)
  if (kind < 6) return random.pick(NUMBERS)
  if (kind === 6) return random.pick([true, false, null])
  if (kind === 7) return { [RAW]: random.pick(RAWS) }
  if (kind === 8) return random.chance(0.1) ? deep(random.below(3000)) : Array.from({ length: random.below(4) }, () => hostileValue(random))
  return { [hostileText(random)]: hostileValue(random) }
}

const deep = (depth: number): Tree => ({ [RAW]: '['.repeat(depth) + ']'.repeat(depth) })

export const textOf = (tree: Tree): string => {
  if (typeof tree !== 'object' || tree === null) return JSON.stringify(tree)
  if (RAW in tree) return tree[RAW]
  if (Array.isArray(tree)) return `[${tree.map(textOf).join(',')}]`
  return `{${Object.entries(tree)
    .map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`)
    .join(',')}}`
}
