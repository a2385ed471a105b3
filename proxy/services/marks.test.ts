import t from 'tap'
import { createMarks, heldMarks, marksOf } from './marks.ts'

const at = (texts: readonly string[], others: readonly string[] = []) => ({ texts, isOthers: (text: string) => others.includes(text) })

t.test('a port has one mark, the same at each asking and in each process, and no other port has it', async (t) => {
  const marks = createMarks()
  const first = marks.markOf('a/web', 'tcp 80', at([]))
  t.equal(first, 0x45d1000)
  t.equal(createMarks().markOf('a/web', 'tcp 80', at([])), first)
  t.equal(marks.markOf('a/web', 'tcp 80', at([])), first)
  const seen = new Set<number | undefined>()
  for (let index = 0; index < 5_000; index++) seen.add(marks.markOf(`ns/s${index}`, 'tcp 80', at([])))
  t.equal(seen.size, 5_000)
  t.notOk(seen.has(first) || seen.has(undefined))
  const legal = (mark = 0): boolean => mark % 0x10000 === 0x1000 && mark >= 0x11000 && mark <= 0xffff1000
  t.same(
    [...seen].filter((mark) => !legal(mark)),
    [],
  )
})

t.test('what the kernel holds for an address and port is kept by whoever answers there, and is nobody else’s', async (t) => {
  const usual = createMarks().markOf('a/web', 'tcp 80', at([])) ?? 0
  const marks = createMarks()
  marks.observe(new Map([['198.51.100.7 . tcp . 80', usual]]))
  const other = marks.markOf('a/web', 'tcp 80', at(['192.0.2.1 . tcp . 30080']))
  t.equal(other, usual + 0x10000, 'the next one, since its own is in use elsewhere')
  t.equal(marks.markOf('b/old', 'tcp 80', at(['192.0.2.1 . tcp . 30081', '198.51.100.7 . tcp . 80'])), usual)
  t.not(marks.markOf('c/late', 'tcp 80', at(['198.51.100.7 . tcp . 80'])), usual, 'one mark has one owner')
})

t.test('a mark that is none of ours is not adopted', async (t) => {
  for (const strange of [0x4000, 0x1000, 0x11001, 0x16000, 0x10000]) {
    const marks = createMarks()
    marks.observe(new Map([['198.51.100.7 . tcp . 80', strange]]))
    t.equal(
      marks.markOf('a/web', 'tcp 80', at(['198.51.100.7 . tcp . 80'])),
      createMarks().markOf('a/web', 'tcp 80', at([])),
      strange.toString(16),
    )
  }
})

t.test('a mark that is needed no more is free again', async (t) => {
  const marks = createMarks()
  const [web, dns] = [marks.markOf('a/b', 'tcp 80', at([])), marks.markOf('a/b', 'udp 53', at([]))]
  marks.keep('a/b', new Set([dns ?? 0]))
  t.equal(marks.has('a/b'), true)
  marks.keep('a/b', new Set())
  t.equal(marks.has('a/b'), false)
  t.equal(marks.markOf('a/b', 'tcp 80', at([])), web)
  marks.keep('x/unknown', new Set())
})

t.test('there are 65535 marks: the last free ones are found, and then there is none', async (t) => {
  const marks = createMarks()
  const all = Array.from({ length: 65_535 }, (_, index) => (index + 1) * 0x10000 + 0x1000)
  const free = [0x11000, 0x80001000, 0xffff1000]
  marks.observe(new Map(all.filter((mark) => !free.includes(mark)).map((mark) => [`${mark}`, mark])))
  const found = [1, 2, 3].map((port) => marks.markOf('a/b', `tcp ${port}`, at([])) ?? 0)
  t.same(
    found.toSorted((one, other) => one - other),
    free,
  )
  t.equal(marks.markOf('a/b', 'udp 1', at([])), undefined)
  marks.keep('a/b', new Set(found.slice(1)))
  t.equal(marks.markOf('a/b', 'udp 1', at([])), found[0])
})

t.test('marks are found in maps and in virtual servers', async (t) => {
  const settings = { scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 }
  const items = [
    { kind: 'mark', set: 'outside4', element: '198.51.100.7 . tcp . 80', mark: 0x11000 },
    { kind: 'server', server: { fwmark: 0x21000, family: 4, ...settings } },
    { kind: 'server', server: { protocol: 'tcp', address: '198.51.100.7', port: 80, ...settings } },
    { kind: 'element', set: 'vip4', element: '198.51.100.7 . tcp . 80' },
  ] as const
  t.strictSame(marksOf(items), new Set([0x11000, 0x21000]))
  t.strictSame(heldMarks(items), new Map([['198.51.100.7 . tcp . 80', 0x11000]]))
})

t.test('a mark that the kernel still gives for what is another Service’s now is not taken over', async (t) => {
  const marks = createMarks()
  const [mark, port, balancer] = [0x1_1000, '192.0.2.1 . tcp . 30080', '198.51.100.7 . tcp . 80']
  marks.observe(new Map([port, balancer].map((text) => [text, mark])))
  t.not(marks.markOf('b/new', 'tcp 80', at([port], [balancer])), mark)
  t.not(marks.markOf('a/web', 'tcp 80', at([balancer], [port])), mark, 'nor by the other one: both are asked for at once')
  const later = createMarks()
  later.observe(new Map([port, balancer].map((text) => [text, mark])))
  t.equal(later.markOf('a/web', 'tcp 80', at([balancer])), mark)
})
