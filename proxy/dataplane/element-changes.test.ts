import t from 'tap'
import { KernelError } from '#kernel/errno.ts'
import type { ElementsChange } from '#kernel/nftables-elements.ts'
import type { ElementChange } from '../services/data-plane.ts'
import type { SetName } from '../services/item.ts'
import { changeElements, elementsChanges } from './element-changes.ts'

const change = (verb: ElementChange['verb'], set: SetName, element: string): ElementChange => ({
  verb,
  item: { kind: 'element', set, element },
})

const words = (changes: readonly ElementsChange[]): string[] =>
  changes.map(({ verb, set, elements }) => `${verb} ${set} ${elements.map(({ key }) => key.toString('hex')).join(' ')}`)

const addresses = (count: number): ElementChange[] =>
  Array.from({ length: count }, (_, index) => change('add', 'address4', `10.96.${index >> 8}.${index & 255}`))

t.test('a transaction names each set once', async (t) => {
  const changes = [
    change('add', 'address4', '10.0.0.1'),
    change('add', 'hairpin4', '10.0.0.2 . 10.0.0.2'),
    change('add', 'address4', '10.0.0.3'),
  ]
  t.same(words(elementsChanges(changes)), ['add address4 0a000001 0a000003', 'add hairpin4 0a0000020a000002'])
})

t.test('deleting adds first, so that what is not there is no error; deletions come before additions', async (t) => {
  const changes = [change('add', 'address4', '10.0.0.1'), change('delete', 'address4', '10.0.0.2')]
  t.same(words(elementsChanges(changes)), ['add address4 0a000002', 'delete address4 0a000002', 'add address4 0a000001'])
})

t.test('an element of a map is replaced by deleting and adding it', async (t) => {
  const item = { kind: 'mark', set: 'outside4', element: '192.0.2.7 . tcp . 443', mark: 0x1_2000 } as const
  const key = 'c00002070600000001bb0000'
  t.same(words(elementsChanges([{ verb: 'replace', item }])), [`delete outside4 ${key}`, `add outside4 ${key}`])
})

t.test('an element of a set that is to be replaced is added', async (t) => {
  t.same(words(elementsChanges([change('replace', 'address4', '10.0.0.1')])), ['add address4 0a000001'])
})

t.test('very many elements are several transactions', async (t) => {
  const transactions: number[] = []
  const outcomes = changeElements(addresses(2_000), (changes) => transactions.push(changes[0]?.elements.length ?? 0))
  t.same(transactions, [800, 800, 400])
  t.equal(outcomes.length, 2_000)
  t.same(new Set(outcomes), new Set([undefined]))
})

t.test('an element that the kernel refuses keeps no other from it', async (t) => {
  const held: string[] = []
  const outcomes = changeElements(addresses(100), (changes) => {
    const keys = changes.flatMap(({ elements }) => elements.map(({ key }) => key.join('.')))
    if (keys.includes('10.96.0.42')) throw new Error('refused')
    held.push(...keys)
  })
  t.equal(held.length, 99)
  t.same(
    outcomes.flatMap((outcome, index) => (outcome === undefined ? [] : [[index, outcome.message]])),
    [[42, 'refused']],
  )
})

t.test('an element that is none is refused alone', async (t) => {
  const outcomes = changeElements([change('add', 'address4', 'nonsense'), change('add', 'address4', '10.0.0.1')], () => {})
  t.same(
    outcomes.map((outcome) => outcome?.message),
    ['invalid IP address nonsense', undefined],
  )
})

t.test('deletions come first also when one element is refused, or they do not fit one transaction', async (t) => {
  const network = (verb: ElementChange['verb'], text: string) => change(verb, 'allowed4', `192.0.2.7 . tcp . 443 . ${text}`)
  for (const others of [addresses(3), addresses(1_700)]) {
    const held = new Set(['192.0.2.7 . tcp . 443 . 10.0.0.0/8'])
    const outcomes = changeElements([network('add', '10.1.0.0/16'), ...others, network('delete', '10.0.0.0/8')], (changes) => {
      const said = words(changes)
      if (said.some((line) => line.includes('0a600001'))) throw new Error('refused')
      // Both are added by what adds the larger one before it deletes it.
      if (
        said.some((line) => line.startsWith('add allowed4') && line.includes('0a010000')) &&
        !said.some((line) => line.startsWith('delete'))
      )
        if (held.size > 0) throw new Error('overlaps')
      if (said.some((line) => line.startsWith('delete allowed4'))) held.clear()
    })
    t.same(
      outcomes.flatMap((outcome) => outcome?.message ?? []),
      ['refused'],
    )
  }
})

t.test('where a set is missing its elements are not tried one by one, and other sets get theirs', async (t) => {
  const tried: string[] = []
  const pairs = Array.from({ length: 100 }, (_, index) => change('add', 'hairpin4', `10.0.0.${index} . 10.0.0.${index}`))
  const outcomes = changeElements([...addresses(100), ...pairs], (changes) => {
    tried.push(changes.map(({ set }) => set).join(' '))
    if (changes.some(({ set }) => set === 'address4')) throw new KernelError('add', 2)
  })
  t.same(tried, ['address4 hairpin4', 'address4', 'hairpin4'])
  t.equal(outcomes.filter((outcome) => outcome === undefined).length, 100)
})

t.test('a map may lack the element that is to be replaced: then it is added, unless that is refused too', async (t) => {
  const replace = (element: string): ElementChange => ({
    verb: 'replace',
    item: { kind: 'mark', set: 'outside4', element, mark: 0x1_1000 },
  })
  const changes = [replace('192.0.2.7 . tcp . 443'), replace('192.0.2.8 . tcp . 443')]
  for (const [verbs, last] of [
    [['delete'], undefined],
    [['delete', 'add'], { code: 'ENOENT' }],
  ] as const) {
    const isRefused = ({ verb, elements }: ElementsChange): boolean =>
      verbs.some((each) => each === verb) && elements.some(({ key }) => key[3] === 8)
    const outcomes = changeElements(changes, (asked) => {
      if (asked.some(isRefused)) throw new KernelError('delete', 2)
    })
    t.match(outcomes, [undefined, last])
  }
})
