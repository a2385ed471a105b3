import t from 'tap'
import { cleanupHelp } from './help.ts'
import { CLEANUP_FLAGS, parseCleanupOptions } from './options.ts'

t.test('the help names every flag, in 80 columns', async (t) => {
  const text = cleanupHelp()
  for (const name of Object.keys(CLEANUP_FLAGS)) t.match(text, new RegExp(`^ {4}(-\\w, )?--${name}(=|\\n)`, 'm'), name)
  t.strictSame(
    text.split('\n').filter((line) => line.length > 80),
    [],
  )
})

t.test('nothing is spared and nothing forced unless it is said', async (t) => {
  t.same(parseCleanupOptions([]), { excludedCidrs: [], force: false })
  t.same(parseCleanupOptions(['--force', '--excluded-cidrs=192.0.2.7/24']), {
    excludedCidrs: [{ address: '192.0.2.0', prefixLength: 24 }],
    force: true,
  })
  t.throws(() => parseCleanupOptions(['--excluded-cidrs=x']), { name: 'UsageError' })
})
