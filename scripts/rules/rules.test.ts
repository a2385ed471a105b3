import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { EDGES, LONG, PURE_KERNEL } from './exceptions.ts'
import { layerOf } from './layers.ts'
import {
  avoidsForms,
  followsArrows,
  isShort,
  leavesProcessAlone,
  namesLayers,
  pureStaysPure,
  RULES,
  type Rule,
  takesKernelAsArgument,
} from './rules.ts'
import type { Source } from './scan.ts'

const repository = join(import.meta.dirname, '../..')
const sources: Source[] = globSync('**/*.ts', { cwd: repository, exclude: ['node_modules', 'dist', '.tap', '.git'] }).map((path) => ({
  path,
  text: readFileSync(join(repository, path), 'utf8'),
}))

for (const [title, rule] of Object.entries(RULES)) {
  t.test(title, async (t) => {
    t.ok(sources.length > 50, 'the sources were found')
    t.same(sources.flatMap(rule), [])
  })
}

t.test('every exception is of a file that is there and needs it', async (t) => {
  const without = (path: string, rule: Rule, text: string) => rule({ path, text })
  for (const path of Object.keys(EDGES)) {
    const source = sources.find((each) => each.path === path)
    t.ok(source !== undefined && without(path.replace(/\.ts$/, '-x.ts'), leavesProcessAlone, source.text).length > 0, path)
  }
  for (const path of Object.keys(LONG)) t.ok((sources.find((each) => each.path === path)?.text.split('\n').length ?? 0) > 200, path)
  for (const path of Object.keys(PURE_KERNEL))
    t.ok(
      sources.some((each) => each.path === path),
      path,
    )
})

const breaks = (rule: Rule, path: string, text: string): string[] => rule({ path, text })

t.test('an import against an arrow is found', async (t) => {
  t.same(breaks(followsArrows, 'net/a.ts', "import type { A } from '#kernel/errno.ts'"), ['net/a.ts:1 net must not import kernel/errno.ts'])
  t.same(breaks(followsArrows, 'kernel/a.ts', "\nimport { b } from '../proxy/b.ts'"), ['kernel/a.ts:2 kernel must not import proxy/b.ts'])
  t.same(breaks(followsArrows, 'cni/protocol/a.ts', "import { libc } from '#libc'"), [
    'cni/protocol/a.ts:1 cni/protocol must not import #libc',
  ])
  t.same(breaks(followsArrows, 'cni/bridge/a.ts', "const b = await import('../portmap/b.ts')"), [
    'cni/bridge/a.ts:1 plugin bridge must not import cni/portmap/b.ts',
  ])
  t.same(breaks(followsArrows, 'proxy/main.ts', "import { text } from '../cni/protocol/text.ts'"), [
    'proxy/main.ts:1 proxy must not import cni/protocol/text.ts',
  ])
  t.same(breaks(followsArrows, 'other/a.ts', ''), ['other/a.ts: no layer is known for this folder (scripts/rules/layers.ts)'])
})

t.test('an import along the arrows is none of its business', async (t) => {
  t.same(
    breaks(
      followsArrows,
      'cni/bridge/a.ts',
      "import { a } from '../protocol/a.ts'\nimport b from 'node:fs'\nimport type { C } from '#kernel/c.ts'",
    ),
    [],
  )
  t.same(breaks(followsArrows, 'cni/main.ts', "import { a } from './portmap/main.ts'"), [])
  t.same(breaks(followsArrows, 'selvedge.ts', "import { main } from './proxy/main.ts'"), [])
})

t.test('a path that climbs into another layer is found', async (t) => {
  t.same(breaks(namesLayers, 'proxy/a.ts', "import { b } from '../net/b.ts'"), ['proxy/a.ts:1 imports ../net/b.ts instead of #net/b.ts'])
  t.same(breaks(namesLayers, 'net/a.ts', "import { b } from './b.ts'"), [])
})

t.test('the kernel layer as a value is found everywhere but in composition roots', async (t) => {
  const text = "import { openRtnetlink } from '#kernel/rtnetlink/open.ts'"
  t.same(breaks(takesKernelAsArgument, 'cni/bridge/add.ts', text), ['cni/bridge/add.ts:1 imports kernel/rtnetlink/open.ts as a value'])
  t.same(breaks(takesKernelAsArgument, 'proxy/a.ts', "import { libc } from '#libc'"), ['proxy/a.ts:1 imports #libc as a value'])
  t.same(breaks(takesKernelAsArgument, 'proxy/a.ts', "import { type Link } from '#kernel/rtnetlink/types.ts'"), [
    'proxy/a.ts:1 imports kernel/rtnetlink/types.ts as a value',
  ])
  t.same(breaks(takesKernelAsArgument, 'cni/bridge/main.ts', text), [])
  t.same(breaks(takesKernelAsArgument, 'cni/bridge/a.ts', "import type { Link } from '#kernel/rtnetlink/types.ts'"), [])
  t.same(breaks(takesKernelAsArgument, 'cni/bridge/a.ts', "import { hasCode } from '#kernel/errno.ts'"), [])
})

t.test('a pure kernel module that imports something impure is found', async (t) => {
  t.same(breaks(pureStaysPure, 'kernel/errno.ts', "import { openSync } from 'node:fs'"), [
    'kernel/errno.ts:1 is pure and must not import node:fs',
  ])
  t.same(breaks(pureStaysPure, 'kernel/errno.ts', "import { a } from '#net/a.ts'\nimport type { Stats } from 'node:fs'"), [])
})

t.test('the process and the clock are found outside composition roots', async (t) => {
  t.same(breaks(leavesProcessAlone, 'proxy/loop.ts', 'const now = Date.now()'), ['proxy/loop.ts:1 uses Date.now'])
  t.same(breaks(leavesProcessAlone, 'net/a.ts', 'a\nconsole.log(process.pid)'), ['net/a.ts:2 uses console', 'net/a.ts:2 uses process'])
  t.same(breaks(leavesProcessAlone, 'proxy/main.ts', 'process.exit(1)'), [])
  t.same(breaks(leavesProcessAlone, 'proxy/loop.test.ts', 'setTimeout(f, 1)'), [])
})

t.test('a long file and forbidden forms are found', async (t) => {
  t.same(breaks(isShort, 'net/a.ts', 'a\n'.repeat(201)), ['net/a.ts has 201 lines: more than 200 need a reason'])
  t.same(breaks(isShort, 'net/a.ts', 'a\n'.repeat(200)), [])
  t.same(breaks(avoidsForms, 'net/a.ts', 'export default 1\nlet b: any\nenum C { D }'), [
    'net/a.ts has a default export',
    'net/a.ts has the type any',
    'net/a.ts has an enum',
  ])
  t.same(breaks(avoidsForms, 'net/a.ts', 'const a = b as any'), ['net/a.ts has the type any'])
  t.same(breaks(avoidsForms, 'net/a.ts', `// @ts-${'ignore'}\nconst company: string = 'any'`), ['net/a.ts switches a checker off'])
})

t.test('every folder of sources has a layer', async (t) => {
  t.same([...new Set(sources.filter(({ path }) => layerOf(path) === undefined).map(({ path }) => path))], [])
})
