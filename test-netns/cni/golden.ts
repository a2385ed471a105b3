/**
 * Replays recorded behaviour of the reference plugins against ours: `node test-netns/cni/golden.ts [FILE] [--plugin NAME]… [--case TEXT]
 * [--skip-check]`, as root. Prints every difference, on purpose or not; exits 1 when there is one. Without FILE, the recording in golden/.
 */
import { parseArgs } from 'node:util'
import { RECORDING, readRecording } from './golden/recording.ts'
import { differencesOf, replay } from './golden/replay.ts'
import { buildExecutables } from './plugin.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { plugin: { type: 'string', multiple: true }, case: { type: 'string' }, 'skip-check': { type: 'boolean', default: false } },
})
const wanted = readRecording(positionals[0] ?? RECORDING)
  .filter((each) => values.plugin === undefined || values.plugin.includes(each.plugin))
  .filter(({ name }) => name.includes(values.case ?? ''))

await buildExecutables()
let failed = 0
for (const each of wanted) {
  const steps = await replay(each, ({ verb }) => !(values['skip-check'] && verb === 'CHECK'))
  const differences = steps.flatMap((step, index) =>
    Object.entries(differencesOf(step)).map(
      ([key, { recorded, ours }]) =>
        `step ${index + 1} ${step.recorded.verb} ${key}: recorded ${JSON.stringify(recorded)}, ours ${JSON.stringify(ours)}`,
    ),
  )
  if (differences.length > 0) failed += 1
  console.log([`${differences.length === 0 ? 'ok' : 'NOT OK'} ${each.plugin}: ${each.name}`, ...differences].join('\n    '))
}
console.log(`${wanted.length - failed} of ${wanted.length} cases as recorded`)
process.exitCode = failed === 0 ? 0 : 1
