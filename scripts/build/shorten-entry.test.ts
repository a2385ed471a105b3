import t from 'tap'
import { shortenEntry } from './shorten-entry.ts'

const IMPORT = 'import * as start from "\xc0\x80@\x03";\n'
const REST = [
  'var entryNamespace = start;',
  'function isServerConfig(def) {',
  '   return def && def !== globalThis;',
  '}',
  'if (isServerConfig(entryNamespace?.default)) {',
  '   console.debug(`Started server.port}`);',
  '}',
  '',
].join('\n')
const runtime = (...parts: readonly string[]): Buffer => Buffer.from(parts.join(''), 'latin1')

t.test('what stands behind the import becomes blanks, as many as there were characters', async (t) => {
  const executable = runtime('\0before\0// @bun\n', IMPORT, REST, 'behind\0`);\n}\n')
  const expected = runtime('\0before\0// @bun\n', IMPORT, ' '.repeat(REST.length), 'behind\0`);\n}\n')
  t.strictSame(shortenEntry(executable), expected)
  t.strictSame(executable, runtime('\0before\0// @bun\n', IMPORT, REST, 'behind\0`);\n}\n'), 'the given one stays as it is')
})

t.test('a runtime without that module, or with two of them, is refused', async (t) => {
  t.throws(() => shortenEntry(runtime(IMPORT, 'something else')), { message: /not found; is this another Bun\?/ })
  t.throws(() => shortenEntry(runtime(IMPORT, REST, IMPORT, REST)), { message: /found more than once/ })
})
