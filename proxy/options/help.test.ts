import t from 'tap'
import { proxyHelp } from './help.ts'
import { PROXY_FLAGS } from './options.ts'

t.test('the help names every flag once as an entry, and none twice', async (t) => {
  const [, afterDescription = ''] = proxyHelp().split('\nKUBERNETES API\n')
  const [flags = ''] = afterDescription.split('\nANNOTATIONS OF SERVICES\n')
  for (const name of Object.keys(PROXY_FLAGS)) {
    const entries = flags.match(new RegExp(`(^ {4}|-\\w, |^ {8}|--[\\w-]+, )--${name}(?=[=,\\n]|$)`, 'gm')) ?? []
    t.equal(entries.length, 1, name)
  }
})

t.test('the help fits a terminal of 80 columns', async (t) => {
  t.strictSame(
    proxyHelp()
      .split('\n')
      .filter((line) => line.length > 80),
    [],
  )
})
