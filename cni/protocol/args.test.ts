import t from 'tap'
import { readArgs } from './args.ts'

const read = (args: string): string[] => {
  const seen: string[] = []
  readArgs(args, {
    MAC: (value) => {
      if (value === 'bad') throw new Error('address bad: invalid MAC address')
      seen.push(value)
    },
  })
  return seen
}

t.test('[types] known pairs reach their reader', async (t) => {
  t.same(read(''), [])
  t.same(read('MAC=aa'), ['aa'])
  t.same(read('MAC='), [''])
})

t.test('[types] unknown pairs are refused unless IgnoreUnknown is true, wherever it stands', async (t) => {
  t.throws(() => read('K8S_POD_NAME=x;MAC=a;FOO=y'), { message: 'ARGS: unknown args ["K8S_POD_NAME=x" "FOO=y"]' })
  t.throws(() => read('FOO=x;IgnoreUnknown=false'), { message: 'ARGS: unknown args ["FOO=x"]' })
  for (const yes of ['1', 'true', 'TRUE', 'True']) t.same(read(`FOO=x;MAC=a;IgnoreUnknown=${yes}`), ['a'], yes)
  t.same(read('IgnoreUnknown=1;FOO=x'), [])
})

t.test('[types] keys are case-sensitive, and what every object has is not known', async (t) => {
  for (const pair of ['mac=a', 'constructor=a', 'toString=a']) {
    t.throws(() => read(pair), { message: `ARGS: unknown args ["${pair}"]` }, pair)
  }
})

t.test('[types] a pair has exactly one equals sign', async (t) => {
  for (const [args, pair] of [
    ['none', 'none'],
    ['MAC=a;', ''],
    ['MAC=a=b', 'MAC=a=b'],
  ] as const) {
    t.throws(() => read(args), { message: `ARGS: invalid pair "${pair}"` }, args)
  }
})

t.test('[types] a value that its reader refuses names the pair', async (t) => {
  t.throws(() => read('MAC=bad'), { message: 'ARGS: error parsing value of pair "MAC=bad": address bad: invalid MAC address' })
  t.throws(() => read('IgnoreUnknown=x'), {
    message: 'ARGS: error parsing value of pair "IgnoreUnknown=x": boolean unmarshal error: invalid input x',
  })
})
