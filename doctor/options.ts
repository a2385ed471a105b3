/** What `selvedge doctor` is told: where the proxy and the installer would look. */
import { INSTALL_FLAGS } from '../conflist/options.ts'
import type { FlagValues } from '../flags/flag.ts'
import { HELP_FLAGS, OUTPUT } from '../flags/help-flags.ts'
import { choiceFlag } from '../flags/kinds.ts'
import { parseFlags } from '../flags/parse.ts'
import { EFFECTIVE_FLAGS } from '../proxy/options/flags.ts'

const { kubeconfig, master, 'hostname-override': hostname, 'health-port': health, 'metrics-port': metrics } = EFFECTIVE_FLAGS
const { 'conf-dir': configurations, 'bin-dir': programs, 'subnet-env': subnetEnv, executables } = INSTALL_FLAGS

export const DOCTOR_FLAGS = {
  kubeconfig,
  master,
  'hostname-override': hostname,
  'health-port': health,
  'metrics-port': metrics,
  'conf-dir': configurations,
  'subnet-env': subnetEnv,
  'bin-dir': programs,
  executables,
  output: choiceFlag({
    group: OUTPUT,
    short: 'o',
    choices: ['text', 'json'],
    fallback: 'text',
    help: 'A table for people, or one JSON object: problems, warnings (how many), findings (check, verdict, found, advice).',
  }),
  ...HELP_FLAGS,
}

export type DoctorOptions = FlagValues<typeof DOCTOR_FLAGS>

/** @param argv what follows `selvedge doctor` @throws UsageError with every fault of the line */
export const parseDoctorOptions = (argv: readonly string[]): DoctorOptions => Object.freeze(parseFlags(DOCTOR_FLAGS, argv))
