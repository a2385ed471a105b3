import t from 'tap'
import { applyPatch } from './patch.ts'

const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'
const json = 'application/json-patch+json'

t.test('merge patches follow RFC 7396', async (t) => {
  const target = { a: 'b', c: { d: 'e', f: 'g' }, list: [1, 2] }
  t.strictSame(applyPatch(merge, target, { a: 'z', c: { f: null }, list: [3], new: { x: null, y: 1 } }), {
    a: 'z',
    c: { d: 'e' },
    list: [3],
    new: { y: 1 },
  })
  t.strictSame(target, { a: 'b', c: { d: 'e', f: 'g' }, list: [1, 2] }, 'the target is as it was')
})

t.test('strategic patches merge maps, and lists of maps are refused rather than merged wrongly', async (t) => {
  const target = { metadata: { annotations: { one: '1' } } }
  t.strictSame(applyPatch(strategic, target, { metadata: { annotations: { two: '2' } } }), {
    metadata: { annotations: { one: '1', two: '2' } },
  })
  t.throws(() => applyPatch(strategic, target, { spec: { ports: [{ port: 1 }] } }), { code: 415, message: /^spec\.ports: / })
})

t.test('JSON patches follow RFC 6902', async (t) => {
  const target = { a: { b: [1, 2, 3] }, 'x/y': { '~': 1 } }
  const cases: readonly (readonly [operations: object[], result: object])[] = [
    [[{ op: 'add', path: '/a/b/1', value: 9 }], { a: { b: [1, 9, 2, 3] }, 'x/y': { '~': 1 } }],
    [[{ op: 'add', path: '/a/b/-', value: 9 }], { a: { b: [1, 2, 3, 9] }, 'x/y': { '~': 1 } }],
    [[{ op: 'remove', path: '/a/b/0' }], { a: { b: [2, 3] }, 'x/y': { '~': 1 } }],
    [[{ op: 'replace', path: '/x~1y/~0', value: null }], { a: { b: [1, 2, 3] }, 'x/y': { '~': null } }],
    [[{ op: 'move', from: '/x~1y', path: '/z' }], { a: { b: [1, 2, 3] }, z: { '~': 1 } }],
    [[{ op: 'copy', from: '/a/b/2', path: '/c' }], { a: { b: [1, 2, 3] }, 'x/y': { '~': 1 }, c: 3 }],
    [
      [
        { op: 'test', path: '/a/b', value: [1, 2, 3] },
        { op: 'remove', path: '/a' },
      ],
      { 'x/y': { '~': 1 } },
    ],
  ]
  for (const [operations, result] of cases) t.strictSame(applyPatch(json, target, operations), result, JSON.stringify(operations))
})

t.test('a JSON patch that does not apply is refused', async (t) => {
  const target = { a: [1], b: {} }
  for (const operation of [
    { op: 'remove', path: '/missing' },
    { op: 'replace', path: '/b/missing', value: 1 },
    { op: 'add', path: '/missing/x', value: 1 },
    { op: 'add', path: '/a/7', value: 1 },
    { op: 'test', path: '/a', value: [2] },
  ]) {
    t.throws(() => applyPatch(json, target, [operation]), { code: 422 }, JSON.stringify(operation))
  }
  for (const patch of [{}, [1], [{ op: 'burn', path: '' }], [{ op: 'remove', path: 'a' }]])
    t.throws(() => applyPatch(json, target, patch), { code: 400 })
})

t.test('other media types are refused', async (t) => {
  for (const type of ['application/json', 'application/apply-patch+yaml', '']) t.throws(() => applyPatch(type, {}, {}), { code: 415 }, type)
})
