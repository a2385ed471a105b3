/** What `selvedge status` is told to do. */
import { HELP_FLAGS, OUTPUT } from '../../flags/help-flags.ts'
import { choiceFlag, textFlag } from '../../flags/kinds.ts'
import { parseFlags } from '../../flags/parse.ts'
import type { Filter } from './overview.ts'

export interface StatusOptions {
  readonly filter: Filter
  readonly output: 'text' | 'wide' | 'json'
}

const CHOICE = 'What to show'

/** @see RFC 1123, as Kubernetes' names of namespaces and Services are */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const LEGAL = 'a name: lower case letters, digits and "-"'

export const STATUS_FLAGS = {
  namespace: textFlag({
    group: CHOICE,
    short: 'n',
    placeholder: 'NAMESPACE',
    fallback: '',
    pattern: NAME,
    legal: LEGAL,
    help: 'Only Services of this namespace.',
  }),
  name: textFlag({ group: CHOICE, placeholder: 'NAME', fallback: '', pattern: NAME, legal: LEGAL, help: 'Only Services of this name.' }),
  output: choiceFlag({
    group: OUTPUT,
    short: 'o',
    choices: ['text', 'wide', 'json'],
    fallback: 'text',
    help: 'A table for people, one with persistence and traffic too, or everything as one JSON object.',
  }),
  ...HELP_FLAGS,
}

/** @param argv what follows `selvedge status` @throws UsageError with every fault of the line */
export const parseStatusOptions = (argv: readonly string[]): StatusOptions => {
  const flags = parseFlags(STATUS_FLAGS, argv)
  return Object.freeze({ filter: Object.freeze({ namespace: flags.namespace, name: flags.name }), output: flags.output })
}
