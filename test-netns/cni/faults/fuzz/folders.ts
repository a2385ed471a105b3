/** Lease folders that nobody of ours made. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../random.ts'

const NAMES = [
  '10.1.2.1',
  '10.1.2.2',
  '10.1.2.3',
  '10.1.2.9',
  '10.1.3.5',
  'fd00:1::1',
  'fd00:1::2',
  '10.1.2.02',
  'last_reserved_ip.0',
  'last_reserved_ip.1',
  'lock',
  'x',
]
const CONTENTS = ['', 'cid0\r\neth0', 'cid1\r\neth0', 'cid1', 'other\r\neth0', '\0\0', '10.1.2.9', 'x'.repeat(70_000), '\n\n\n']

/** Puts a few things into the folder at `path`; links lead to `outside`. */
export const spoilFolder = (random: Random, path: string, outside: string): void => {
  for (const name of random.shuffled(NAMES).slice(0, random.below(6))) {
    const kind = random.below(10)
    if (kind === 0) mkdirSync(join(path, name))
    else if (kind === 1) symlinkSync(random.pick([outside, 'nowhere', name, '/dev/zero', '/']), join(path, name))
    else if (kind === 2) execFileSync('mkfifo', [join(path, name)])
    else writeFileSync(join(path, name), random.pick(CONTENTS))
  }
}
