import type { Stats } from 'node:fs'
import t from 'tap'
import { moduleState } from './observe-modules.ts'

/** The part of node:fs that is asked, over these files. */
const over = (files: Readonly<Record<string, string>>) =>
  ({
    statSync: (path: string): Stats | undefined => (path in files ? ({} as Stats) : undefined),
    readFileSync: (path: string): string => files[path] ?? '',
  }) as unknown as Parameters<typeof moduleState>[0]

const DEP = '/lib/modules/6.1.0/modules.dep'
const CASES: readonly {
  readonly name: string
  readonly module: string
  readonly files: Readonly<Record<string, string>>
  readonly state: string
}[] = [
  { name: 'loaded', module: 'ip_vs_rr', files: { '/sys/module/ip_vs_rr': '' }, state: 'present' },
  { name: 'built in, by what it makes', module: 'ip_vs', files: { '/proc/net/ip_vs': '' }, state: 'present' },
  {
    name: 'built in, by the list',
    module: 'dummy',
    files: { '/lib/modules/6.1.0/modules.builtin': 'kernel/drivers/net/dummy.ko\n', [DEP]: '' },
    state: 'present',
  },
  { name: 'a file', module: 'ip_vs', files: { [DEP]: 'kernel/net/netfilter/ipvs/ip_vs.ko.xz: kernel/x.ko\n' }, state: 'loadable' },
  { name: 'a file with dashes in its name', module: 'nf_conntrack', files: { [DEP]: 'kernel/net/nf-conntrack.ko:\n' }, state: 'loadable' },
  {
    name: 'only another that begins like it',
    module: 'ip_vs',
    files: { [DEP]: 'kernel/net/netfilter/ipvs/ip_vs_rr.ko:\n' },
    state: 'absent',
  },
  { name: 'no list, and nothing else would tell', module: 'dummy', files: {}, state: 'unknown' },
  { name: 'no list, and not what it would make', module: 'ip_vs', files: {}, state: 'absent' },
]
for (const { name, module, files, state } of CASES) {
  t.test(`moduleState: ${name}`, async (t) => t.equal(moduleState(over(files), '6.1.0', module), state))
}
