import t from 'tap'

const native = {
  map: Array.prototype.map,
  flatMap: Array.prototype.flatMap,
  filter: Array.prototype.filter,
  find: Array.prototype.find,
  findLast: Array.prototype.findLast,
  findIndex: Array.prototype.findIndex,
  some: Array.prototype.some,
  every: Array.prototype.every,
}
const nativeEntries = Array.prototype.entries
const nativeFromEntries = Object.fromEntries
const nativeFrom = Buffer.from
const nativeArrayFrom = Array.from
t.teardown(
  () =>
    Object.assign(Array.prototype, native, { entries: nativeEntries }) &&
    Object.assign(Object, { fromEntries: nativeFromEntries }) &&
    Object.assign(Buffer, { from: nativeFrom }) &&
    Object.assign(Array, { from: nativeArrayFrom }),
)

await import('./quick-builtins.ts')

const ARRAYS: readonly (readonly unknown[])[] = [[], [1], [0, 1, 2, 3], ['a', undefined, null, 'b'], [[1], [2, [3]]]]

const CALLBACKS: readonly ((element: unknown, index: number) => unknown)[] = [
  (element) => element,
  (element, index) => [index, element],
  (_, index) => index % 2 === 0,
  () => undefined,
]

for (const name of Object.keys(native) as (keyof typeof native)[]) {
  t.test(`${name} is replaced, and does what the engine's own does`, async (t) => {
    const quick: unknown = Reflect.get(Array.prototype, name)
    t.not(quick, native[name])
    t.notOk(Object.keys(Array.prototype).includes(name), 'it is not enumerated')
    for (const array of ARRAYS)
      for (const callback of CALLBACKS) {
        const seen: unknown[][] = []
        const call = (method: unknown): unknown =>
          Reflect.apply(method as () => unknown, array, [
            function (this: unknown, element: unknown, index: number, whole: unknown) {
              seen.push([this, element, index, whole])
              return callback(element, index)
            },
            ARRAYS,
          ])
        t.strictSame(call(quick), call(native[name]))
        const half = seen.length / 2
        t.strictSame(seen.slice(0, half), seen.slice(half), 'called alike')
      }
  })
}

t.test('Array.from takes what can be iterated over and what has a length, with and without a function', async (t) => {
  t.not(Array.from, nativeArrayFrom)
  const sources = [
    [1, 2],
    new Set(['a']),
    new Map([['a', 1]]),
    'größe',
    { length: 2 },
    { length: 1, 0: 'x' },
    new Uint8Array([7, 8]),
    [3].values(),
  ]
  const copies = [[1, 2], ['a'], [['a', 1]], ['g', 'r', 'ö', 'ß', 'e'], [undefined, undefined], ['x'], [7, 8], [3]]
  t.strictSame(
    sources.map((source) => Array.from<unknown>(source as ArrayLike<unknown>)),
    copies,
  )
  t.strictSame(
    Array.from({ length: 3 }, (_, index) => index * index),
    [0, 1, 4],
  )
  t.strictSame(
    Array.from(new Set([5]), (element, index) => [element, index]),
    [[5, 0]],
  )
  t.throws(() => Array.from(undefined as unknown as string), TypeError)
})

t.test('fromEntries takes arrays, maps and generators, and a key is nothing but a key', async (t) => {
  t.not(Object.fromEntries, nativeFromEntries)
  t.strictSame(Object.fromEntries(new Map([['a', 1]])), { a: 1 })
  t.strictSame(
    Object.fromEntries([
      ['b', 1],
      ['a', 2],
      ['b', 3],
    ]),
    { b: 3, a: 2 },
  )
  const hostile = Object.fromEntries([['__proto__', { polluted: true }]])
  t.strictSame(Object.getPrototypeOf(hostile), Object.prototype)
  t.strictSame(Object.keys(hostile), ['__proto__'])
})

t.test('Buffer.from makes the same bytes, in memory of their own', async (t) => {
  t.not(Buffer.from, nativeFrom)
  const { buffer } = Uint8Array.of(1, 2, 3, 4)
  const sources: readonly (readonly [unknown, unknown?, unknown?])[] = [
    ['é😀\ud800x'],
    ['é😀x', 'latin1'],
    ['é', 'utf8'],
    ['0aff', 'hex'],
    [''],
    [[1, 255, 256, -1]],
    [Uint8Array.of(1, 2)],
    [Buffer.of(1, 2)],
    [buffer],
    [buffer, 1, 2],
    [{ type: 'Buffer', data: [1] }],
  ]
  for (const source of sources) {
    const made: unknown = Reflect.apply(Buffer.from, Buffer, source)
    t.ok(made instanceof Buffer)
    t.strictSame(made, Reflect.apply(nativeFrom, Buffer, source))
  }
  const bytes = Buffer.of(1, 2)
  Buffer.from(bytes)[0] = 9
  t.strictSame(bytes[0], 1)
  t.throws(() => Buffer.from(1 as never), { code: 'ERR_INVALID_ARG_TYPE' })
})

t.test('entries are gone through like the engine’s own', async (t) => {
  for (const array of ARRAYS) {
    const seen: [number, unknown][] = []
    for (const [index, element] of array.entries()) seen.push([index, element])
    t.same(seen, [...Reflect.apply(nativeEntries, array, [])])
  }
})
