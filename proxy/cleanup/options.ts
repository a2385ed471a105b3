/** What `selvedge cleanup` is told to do. */
import type { Cidr } from '#net/cidr.ts'
import { HELP_FLAGS } from '../../flags/help-flags.ts'
import { networksFlag, switchFlag } from '../../flags/kinds.ts'
import { parseFlags } from '../../flags/parse.ts'

export interface CleanupOptions {
  /** Virtual servers and routes inside are left alone. */
  readonly excludedCidrs: readonly Cidr[]
  /** Clean although a proxy runs. */
  readonly force: boolean
}

const CHOICE = 'Options'

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
  ...HELP_FLAGS,
}

/** @param argv what follows `selvedge cleanup` @throws UsageError with every fault of the line */
export const parseCleanupOptions = (argv: readonly string[]): CleanupOptions => {
  const flags = parseFlags(CLEANUP_FLAGS, argv)
  return Object.freeze({ excludedCidrs: Object.freeze(flags['excluded-cidrs']), force: flags.force })
}
