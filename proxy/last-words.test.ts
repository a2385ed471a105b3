import t from 'tap'
import { logsJson } from './last-words.ts'

t.test('the log is JSON when the last --log-format says so, whatever else is wrong', async (t) => {
  for (const argv of [['--log-format=json'], ['--nope', '--log-format', 'json'], ['--log-format=text', '--log-format=json', '--v']])
    t.equal(logsJson(argv), true, argv.join(' '))
  for (const argv of [[], ['--log-format'], ['--log-format=xml'], ['--log-format=json', '--log-format', 'text'], ['json']])
    t.equal(logsJson(argv), false, argv.join(' '))
})
