import t from 'tap'
import { blank } from './blank.ts'
import { globalsOf, importsOf } from './scan.ts'

const imports = (text: string, path = 'cni/bridge/add.ts') =>
  importsOf({ path, text }).map(({ target, typeOnly }) => (typeOnly ? `type ${target}` : target))
const globals = (text: string) => globalsOf({ path: 'net/a.ts', text }).map(({ name, line }) => `${line} ${name}`)

t.test('comments, strings, regular expressions and templates are made blank, code inside templates is kept', async (t) => {
  t.equal(blank("a // it's\nb"), 'a        \nb')
  t.equal(blank('a /* x\ny */ b'), 'a     \n     b')
  t.equal(blank(`f('a\\'b', "c")`), `f('    ', " ")`)
  t.equal(blank(`f(\`a\${process.pid}b\${\`c\${d}\`}\`)`), `f(\` \${process.pid} \${\` \${d}\`}\`)`)
  t.equal(blank(`f(\`\${{ a: {} }}x\`)`), `f(\`\${{ a: {} }} \`)`)
  t.equal(blank('x = /[\'"]/.test(y) / 2 // z'), 'x = /    /.test(y) / 2     ')
  t.equal(blank("const a = b / c, d = 'e' / f"), "const a = b / c, d = ' ' / f")
})

t.test('every way of importing is seen, with the file it means', async (t) => {
  t.same(imports("import { a } from '../mac.ts'\nimport b, { c } from '#net/cidr.ts'\nimport * as d from 'execa'"), [
    'cni/mac.ts',
    'net/cidr.ts',
    'execa',
  ])
  t.same(imports("import {\n  a,\n  type B,\n} from '#kernel/errno.ts'"), ['kernel/errno.ts'])
  t.same(imports("import './effect.ts'\nexport * from './all.ts'\nexport { a } from './one.ts'"), [
    'cni/bridge/effect.ts',
    'cni/bridge/all.ts',
    'cni/bridge/one.ts',
  ])
  t.same(imports("const { a } = await import('#libc')\nconst b = require('node:fs')\nprocess.getBuiltinModule('node:net')"), [
    '#libc',
    'node:fs',
    'node:net',
  ])
})

t.test('a type import is told from one that stays when types are stripped', async (t) => {
  t.same(imports("import type { A } from './a.ts'\nexport type { B } from './b.ts'\nlet c: import('./c.ts').C"), [
    'type cni/bridge/a.ts',
    'type cni/bridge/b.ts',
    'type cni/bridge/c.ts',
  ])
  t.same(imports("import { type A } from './a.ts'"), ['cni/bridge/a.ts'], 'the module is still loaded')
  t.same(
    imports("import type from './a.ts'\nimport type, { b } from './b.ts'"),
    ['cni/bridge/a.ts', 'cni/bridge/b.ts'],
    'a name like any other',
  )
})

t.test('what only looks like an import is none', async (t) => {
  t.same(
    imports("// import a from './a.ts'\nconst b = \"import c from './c.ts'\"\nexport const d = './d.ts'\nconst e = `import './e.ts'`"),
    [],
  )
})

t.test('globals of the process and the clock are seen where they are used', async (t) => {
  t.same(globals('a(process.env)\nconsole.log(1)\n\nsetTimeout(f, 1)\nb = { now: Date.now }'), [
    '1 process',
    '2 console',
    '4 setTimeout',
    '5 Date.now',
  ])
  t.same(globals(`x = \`\${process.pid}\`\ny = new Date()\nz = performance.now()\nw(setImmediate, setInterval)`), [
    '1 process',
    '2 new Date()',
    '3 performance',
    '4 setImmediate',
    '4 setInterval',
  ])
})

t.test('a parameter, property or date of that name is no global', async (t) => {
  t.same(
    globals(
      "clock.setTimeout(f, 1)\nnew Date(text)\nobject.process.env\n// process.exit\n'console.log'\nconst setTimeouts = 1\nsetTimeouts: (a) => a",
    ),
    [],
  )
})
