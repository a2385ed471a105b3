/** What `selvedge cleanup` is told to do. */
import type { Cidr } from '#net/cidr.ts'
import { networksFlag, switchFlag } from '../../flags/kinds.ts'
import { parseFlags } from '../../flags/parse.ts'

export interface CleanupOptions {
  /** Virtual servers and routes inside are left alone. */
  readonly excludedCidrs: readonly Cidr[]
  /** Clean although a proxy runs. */
  readonly force: boolean
}

const CHOICE = 'Options'
const OUTPUT = 'Output'

export const CLEANUP_FLAGS = {
  'excluded-cidrs': networksFlag({
    group: CHOICE,
    fallback: '',
    help: 'Virtual servers and VIPs with an address inside are not ours: they are left alone.',
  }),
  force: switchFlag({
    group: CHOICE,
    fallback: 'false',
    help: 'Clean although a proxy runs on this node. It puts everything back within --ipvs-sync-period.',
  }),
  help: switchFlag({ group: OUTPUT, short: 'h', fallback: 'false', help: 'Print this text.' }),
  version: switchFlag({ group: OUTPUT, short: 'V', fallback: 'false', help: 'Print the version.' }),
}

/** @param argv what follows `selvedge cleanup` @throws UsageError with every fault of the line */
export const parseCleanupOptions = (argv: readonly string[]): CleanupOptions => {
  const flags = parseFlags(CLEANUP_FLAGS, argv)
  return Object.freeze({ excludedCidrs: Object.freeze(flags['excluded-cidrs']), force: flags.force })
}
